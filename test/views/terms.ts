/** Terms that are decided once, by language: what no text says, and what it says instead. Judged without names of placeholders. */

export interface Term {
  readonly not: RegExp
  readonly but: string
  /** Keys that it is about. Default: all. */
  readonly keys?: RegExp
}

/** Pages that speak about a user to an administrator; elsewhere a text speaks to the person. */
const CONSOLE = /^(?:user|users|invite|edit|question|live|note|step-up|not-done|confirm-\w+)\./

/** The long name of 2FA. A page says it once, with the short one behind it. */
export const longNames: Readonly<Record<string, RegExp>> = {
  en: /two-factor authentication/gi,
  de: /Zwei-Faktor-Anmeldung/g,
  nl: /twee-factor-authenticatie/gi,
  pl: /uwierzytelniani(?:e|a|u|em) dwuskładnikow(?:ego|emu|ym|e)/gi,
  fr: /authentification à deux facteurs/gi,
  es: /autenticación de dos factores/gi,
}

export const terms: Readonly<Record<string, readonly Term[]>> = {
  ar: [
    { not: /كود|شفرة/u, but: 'رمز' },
    { not: /كلمة السر|الرقم السري|باسورد/u, but: 'كلمة المرور' },
    { not: /[إا]يميل|الالكتروني/u, but: 'رسالة، البريد الإلكتروني' },
    { not: /ولوج|لوج [إا]ن/u, but: 'تسجيل الدخول، تسجيل الخروج' },
    { not: /التحقق بخطوتين|ثنائية? العامل|العامل الثاني|العوامل/u, but: 'المصادقة الثنائية، 2FA' },
    { not: /(?:برنامج|أداة|جهاز) (?:ال)?مصادقة|الموثّ?ق/u, but: 'تطبيق المصادقة' },
    { not: /رموز (?:الاسترداد|النسخ|الطوارئ|احتياط )/u, but: 'الرموز الاحتياطية' },
    { not: /(?:إعادة|أعاد|أعد) (?:ال)?ضبط/u, but: 'إعادة التعيين' },
    { not: /مسؤول(?!ي)|مدير|الإدارة/u, but: 'المشرف' },
    { not: /لينك|وصلة/u, but: 'رابط' },
    { not: /سجلّ? (?:المراجعة|الأحداث|المراقبة)/u, but: 'سجلّ التدقيق' },
    { not: /إبطال الحساب|إيقاف الحساب/u, but: 'تعطيل الحساب' },
    { not: /[٠-٩]/u, but: 'digits as authenticator apps show them' },
    { not: /\p{Script=Arabic}\s*[,;?]/u, but: '، ؛ ؟' },
  ],
  en: [
    { not: /\bletters?\b|\be-mails?\b/i, but: 'email' },
    { not: /\blog(?:ged)?[ -]?in\b|\blog(?:ged)? out\b|\blog out\b/i, but: 'sign in, sign out' },
    { not: /\b(?:recovery|spare|emergency) codes?\b/i, but: 'backup codes' },
    { not: /\bauthenticat(?:ion|or) (?:program|application)\b/i, but: 'authenticator app' },
    { not: /\b(?:MFA|two-step|2-step|second factor)\b/i, but: '2FA, two-factor authentication' },
    { not: /\bdeactivated?\b/i, but: 'disabled' },
    { not: /\bmade (?:an|your) account|account was made|codes were made/i, but: 'created' },
    { not: /\bId\b/, but: 'ID' },
    { not: /^State$/, but: 'Status' },
    { not: /\b(?:e?mailed) links?\b/i, but: 'the link we emailed' },
    { not: /\bthis person\b/i, but: 'this user', keys: CONSOLE },
  ],
  de: [
    { not: /\bBriefe?n?\b|\bEmails?\b/i, but: 'E-Mail' },
    { not: /\b(?:ein|aus)(?:ge)?logg|\blog(?:in|out)\b/i, but: 'anmelden, abmelden' },
    { not: /\b(?:Wiederherstellungs|Ersatz|Sicherungs)codes?\b/i, but: 'Backup-Codes' },
    { not: /\bdeaktivier/i, but: 'gesperrt' },
    { not: /Authenti(?:fizierungs|fikations)/i, but: 'Authenticator-App, Zwei-Faktor-Anmeldung' },
    { not: /^(?:Zustand|Stand)$/, but: 'Status' },
    { not: /Prüfprotokoll/, but: 'Protokoll' },
    { not: /\bfrei(?:ge|zuge)\p{L}*/iu, but: 'entsperren' },
    { not: /\bgesperrt\b/i, but: 'blockiert', keys: /\.locked$/ },
    { not: /\bblockiert\b/i, but: 'gesperrt', keys: /\.disabled$/ },
    { not: /\b(?:Haben|Waren|Kennen|Gibt) (?:es|Sie)\b[^.:;?]*, so /, but: 'Wenn Sie …' },
    { not: /\bdiese[rn]? Person\b/i, but: 'dieser Benutzer', keys: CONSOLE },
  ],
  it: [
    { not: /\be-mail\b|\bposta elettronica\b/i, but: 'email' },
    { not: /\blog(?:in|out|gat[oaei]|garsi)\b|\bsign[ -]?(?:in|out)\b/i, but: 'accedere, uscire, disconnessione' },
    { not: /\bcodic[ei] (?:di )?(?:recupero|riserva|emergenza|sicurezza|alternativ[oi])\b/i, but: 'codici di backup' },
    { not: /\bautenticator[ei]\b|\bauthenticator\b/i, but: 'app di autenticazione' },
    { not: /\bMFA\b|\bdue passaggi\b|\bsecondo fattore\b/i, but: '2FA, autenticazione a due fattori' },
    { not: /\bresett\p{L}*|\bresets?\b|\bazzer\p{L}*/iu, but: 'reimpostare, reimpostazione' },
    { not: /\b(?:dis)?abilita\p{L}*/iu, but: 'disattivare, riattivare' },
    { not: /\baudit\b|\blog di\b/i, but: 'registro di controllo' },
    { not: /\bcollegament[oi]\b/i, but: 'link' },
    { not: /\bparol[ae] (?:chiave|d’ordine)\b/i, but: 'password' },
    { not: /\bcellular[ei]\b|\bsmartphone\b/i, but: 'telefono' },
    {
      not: /\bLei\b|\b(?:Inserisca|Scelga|Apra|Chieda|Acceda|Controlli|Riprovi)\b/,
      but: 'tu: inserisci, scegli, apri',
    },
  ],
  nl: [
    { not: /\b(?:aan|af)(?:ge)?meld/i, but: 'inloggen, uitloggen' },
    { not: /\bemail|\bmailtje|\bbrie(?:f|ven)\b/i, but: 'e-mail' },
    { not: /\b(?:herstel|reserve|nood|backup)-?codes?\b|\bback-up codes?\b/i, but: 'back-upcodes' },
    { not: /twee-?staps|tweefactor|in twee stappen|tweede factor|\bMFA\b/i, but: '2FA, twee-factor-authenticatie' },
    { not: /authentic\p{L}+[- ]?(?:applicatie|programma)|authenticatie-?app|tor app/iu, but: 'authenticator-app' },
    { not: /\bapplicatie/i, but: 'app' },
    { not: /\b(?:u|uw|uzelf)\b/i, but: 'je' },
    { not: /deactiv/i, but: 'uitgeschakeld' },
    { not: /\bgeannuleerd\b|\bgewist\b/i, but: 'ingetrokken, verwijderd' },
    { not: /\baangemaakt\b|\bgecreëerd\b/i, but: 'gemaakt' },
    { not: /\bgeblokkeerd\b/i, but: 'vergrendeld', keys: /\.locked$/ },
    { not: /\bdeze persoon\b/i, but: 'deze gebruiker', keys: CONSOLE },
  ],
  fr: [
    { not: /(?<!e-)\bmails?\b|\bemails?\b|\bcourriels?\b/i, but: 'e-mail' },
    { not: /\bauthentificateur|\bauthenticator\b|\bapplication d’authentification/i, but: 'appli d’authentification' },
    { not: /\bcodes? de (?:récupération|sauvegarde|sécurité|validation)/i, but: 'codes de secours' },
    { not: /\b(?:MFA|A2F)\b|double facteur|deux étapes|second facteur/i, but: '2FA, authentification à deux facteurs' },
    { not: /\blog(?:in|out)\b|\bidentifiez-vous|s’identifier/i, but: 'se connecter, se déconnecter' },
    { not: /réinitialis[^.:;…]*mot de passe/i, but: 'changer de mot de passe' },
    { not: /(?:terminer|finir|clore|mettre fin à) [^.]*session/i, but: 'fermer la session' },
    { not: /journal(?! d’audit)|\bpiste d’audit|\blogs\b/i, but: 'journal d’audit' },
    { not: /\bmise en place|(?<!\p{L})paramétr/iu, but: 'configurer' },
    { not: /bloqué|suspendu/i, but: 'désactivé', keys: /\.disabled$/ },
    { not: /bloqué|désactivé/i, but: 'verrouillé', keys: /\.locked$/ },
    { not: /(?<!\p{L})(?:tu|ton|ta|tes|toi)(?!\p{L})/iu, but: 'vous' },
    { not: /'| [:;!?»]|« /, but: 'an apostrophe ’, and a no-break space beside « » : ; ! ?' },
  ],
  pl: [
    { not: /\bmejl|\bemail|(?<!e-)\bmail/i, but: 'e-mail' },
    { not: /\blogin|wpis\p{L}+ się|wejdź/iu, but: 'zaloguj się, logowanie' },
    { not: /kod\p{L}* (?:odzysk|rezerw|awaryj|ratunk)\p{L}+/iu, but: 'kody zapasowe' },
    { not: /dwuetapow|dwupoziomow|drug\p{L}+ składnik|\bMFA\b/iu, but: '2FA, uwierzytelnianie dwuskładnikowe' },
    { not: /authenticator|aplikacj\p{L}+ (?:weryfik|autoryz)/iu, but: 'aplikacja uwierzytelniająca' },
    { not: /(?<!\p{L})(?:Pan|Pani|Pana|Państw\p{L}+)(?!\p{L})/u, but: 'Ty' },
    { not: /(?<!\p{L})(?:twój|twoj\p{L}+|ciebie|cię|tobie|tobą)(?!\p{L})/u, but: 'Twój, Ciebie' },
    { not: /(?:łeś|łaś|(?<!has)łem|łam)(?!\p{L})|\((?:a|ę|em|eś|aś)\)/iu, but: 'no form of a gender' },
    { not: /dezaktyw|zawiesz/i, but: 'wyłączony' },
    { not: /dziennik\p{L}* (?!audytu)|\blog\p{L}* (?:audytu|inspekcji)/iu, but: 'dziennik audytu' },
    { not: /(?<!\p{L})(?:ta osoba|tej osoby|tę osobę)(?!\p{L})/iu, but: 'ten użytkownik', keys: CONSOLE },
  ],
  es: [
    { not: /\be-?mails?\b|\bcorreíto|\bmails?\b/i, but: 'correo electrónico, correo' },
    { not: /\bautenticador|\bauthenticator\b|aplicación de autenticación/i, but: 'app de autenticación' },
    { not: /códigos? (?:de (?:recuperación|seguridad|reserva|emergencia)|alternativo)/iu, but: 'códigos de respaldo' },
    {
      not: /\b(?:MFA|A2F)\b|doble factor|dos pasos|dos fases|segundo factor/i,
      but: '2FA, autenticación de dos factores',
    },
    { not: /\blog(?:in|out)\b|\bloguea|\bacceder a tu cuenta|\bidentifícate/iu, but: 'iniciar sesión, cerrar sesión' },
    { not: /\bresete|\breinici|\brestaura(?!d[ao] desde)/i, but: 'restablecer' },
    { not: /\brestablec[^.:;…¿?]*contraseña/i, but: 'cambiar la contraseña' },
    { not: /\b(?:terminar|finalizar|expulsar)[^.]* sesi[oó]n/iu, but: 'cerrar la sesión' },
    { not: /\bvínculo|\bliga\b|\blink\b/i, but: 'enlace' },
    { not: /registro(?! de auditoría)|\bbitácora|\blogs\b/i, but: 'registro de auditoría' },
    { not: /bloquead|suspendid|deshabilitad/i, but: 'desactivada', keys: /\.disabled$/ },
    { not: /desactivad|suspendid/i, but: 'bloqueada', keys: /\.locked$/ },
    {
      not: /(?<!\p{L})(?:usted|ustedes|vos|vosotros|vuestr[oa]s?)(?!\p{L})|\b(?:ingrese|introduzca|escriba)\b/iu,
      but: 'tú',
    },
    { not: /(?<!\p{L})(?:celular|móvil|ordenador|computador)/iu, but: 'teléfono, dispositivo' },
  ],
}
