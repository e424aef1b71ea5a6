# The words of docs/operations.md, for a service in this folder without a service manager. Read it by: . ./operate.sh
# With systemd: start, stop and reload are those of `systemctl … oidc-rekey`, and the log is `journalctl --unit oidc-rekey`.

export NODE_ENV=production CONFIG="${CONFIG:-config.yaml}"

# A command of oidc-rekey, with the secrets of the service.
rekey() { node --env-file=secrets.env node_modules/.bin/oidc-rekey "$@"; }

# Resolves when the service is ready, and shows its state.
ready() {
  curl --silent --show-error --fail --retry 60 --retry-delay 1 --retry-all-errors --output ready.json \
    "http://127.0.0.1:${PORT:-3000}/health/ready"
  cat ready.json && echo
}

start() {
  node --env-file=secrets.env node_modules/.bin/oidc-rekey serve --workers "${WORKERS:-2}" >> service.log 2>&1 &
  echo "$!" > service.pid
  ready
}

# Resolves when the last process has ended.
stop() {
  kill "$(cat service.pid)"
  while kill -0 "$(cat service.pid)" 2> /dev/null; do sleep 0.2; done
}

# Replaces the workers one by one: a new version of the package, config.yaml. Variables change with stop and start.
reload() {
  ended=$(grep -cE 'all workers were replaced|the restart has ended' service.log || true)
  kill -USR2 "$(cat service.pid)"
  until [ "$(grep -cE 'all workers were replaced|the restart has ended' service.log)" -gt "$ended" ]; do sleep 0.2; done
  grep -E 'all workers were replaced|the restart has ended' service.log | tail -n 1 | grep 'all workers were replaced'
}
