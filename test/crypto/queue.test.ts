import { expect } from 'chai'
import { Busy } from '../../src/errors.ts'
import { createQueue } from '../../src/crypto/queue.ts'

/** Work that ends on demand. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const state = { started: false }
  const start = () => {
    state.started = true
    return promise
  }
  return { start, state, resolve, reject }
}

const idle = () => new Promise<void>((resolve) => void setImmediate(resolve))

describe('A queue', () => {
  it('starts as many as it may at once and the rest in order of arrival', async () => {
    const queue = createQueue(2, 10)
    const jobs = Array.from({ length: 5 }, work)
    const results = jobs.map((job) => queue(job.start))
    const started = async () => {
      await idle()
      return jobs.map((job) => job.state.started)
    }
    expect(await started()).to.deep.equal([true, true, false, false, false])
    jobs[1]?.resolve('second')
    expect(await started()).to.deep.equal([true, true, true, false, false])
    jobs[0]?.resolve('first')
    jobs[2]?.resolve('third')
    expect(await started()).to.deep.equal([true, true, true, true, true])
    jobs[3]?.resolve('fourth')
    jobs[4]?.resolve('fifth')
    expect(await Promise.all(results)).to.deep.equal(['first', 'second', 'third', 'fourth', 'fifth'])
  })

  it('refuses work when the waiting list is full, and does not start it', async () => {
    const queue = createQueue(1, 2)
    const jobs = Array.from({ length: 4 }, work)
    const [first, second, third, fourth] = jobs.map((job) => queue(job.start))
    const refusal = await fourth?.catch((error: unknown) => error)
    expect(refusal).to.be.instanceOf(Busy)
    for (const job of jobs) job.resolve('done')
    expect(await Promise.all([first, second, third])).to.deep.equal(['done', 'done', 'done'])
    expect(jobs[3]?.state.started).to.equal(false)
  })

  it('continues after work that failed', async () => {
    const queue = createQueue(1, 1)
    const [failing, next] = [work(), work()]
    const results = Promise.allSettled([queue(failing.start), queue(next.start)])
    failing.reject(new Error('broken'))
    next.resolve('done')
    expect((await results).map((result) => result.status)).to.deep.equal(['rejected', 'fulfilled'])
    expect(await queue(async () => 'again')).to.equal('again')
  })

  it('is empty again when everything is done', async () => {
    const queue = createQueue(2, 0)
    for (let round = 0; round < 3; round += 1) {
      expect(await Promise.all([queue(async () => 1), queue(async () => 2)])).to.deep.equal([1, 2])
    }
    const running = [work(), work()].map((job) => (void queue(job.start), job))
    expect(await queue(async () => 3).catch((error: unknown) => error)).to.be.instanceOf(Busy)
    for (const job of running) job.resolve('')
  })

  it('takes one item of each source in turn, however many another has queued', async () => {
    const queue = createQueue(1, 100)
    const order: string[] = []
    const run = (source: string, n: number) => queue(async () => void order.push(`${source}${n}`), source)
    const flood = Array.from({ length: 20 }, (_, n) => run('flood', n))
    const others = [run('ana', 0), run('ben', 0), run('ana', 1)]
    await Promise.all([...flood, ...others])
    expect(order.slice(0, 6)).to.deep.equal(['flood0', 'flood1', 'ana0', 'ben0', 'flood2', 'ana1'])
    expect(order).to.have.length(23)
  })

  it('refuses the overflow of one source only', async () => {
    const queue = createQueue(1, 100, 2)
    const busy = work()
    const running = queue(busy.start, 'flood')
    const flood = Array.from({ length: 5 }, () => queue(async () => 'done', 'flood').catch((error: unknown) => error))
    const other = queue(async () => 'done', 'ana')
    busy.resolve('done')
    const answers = await Promise.all(flood)
    expect(answers.filter((answer) => answer === 'done')).to.have.length(2)
    expect(answers.filter((answer) => answer instanceof Busy)).to.have.length(3)
    expect([await running, await other]).to.deep.equal(['done', 'done'])
  })
})
