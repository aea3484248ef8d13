/**
 * One shape of a credential. What the first group of `pattern` matches stays, the rest is hidden unless `isSecret` denies it.
 *
 * Every pattern takes linear time. Before the run of characters that is the secret, repetitions are bounded; the run is of one
 * class and nothing has to follow it, so a match cannot fail behind a long run; where something has to follow, the run can begin
 * at one place only, by what stands before it.
 */
export interface Shape {
  pattern: RegExp;
  isSecret?: (secret: string) => boolean;
}

/** A reference says where a secret is, and is none. */
function isNoReference(secret: string): boolean {
  return !/^["']?(?:env|file|keyring|command):/.test(secret);
}

/** Words such as in "Basic authentication" are no credentials: those have digits or capitals. */
function isNoWord(secret: string): boolean {
  return !/^[a-z]*$/.test(secret);
}

export const SHAPES: readonly Shape[] = [
  // Keys in PEM, also where JSON has `\n` in place of line breaks; one that was cut off goes to the end.
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]+|-(?!----END ))*(?:-----END [A-Z0-9 ]{0,40}(?:-----)?)?/g,
  },
  { pattern: /(\bPrivate-Lines: \d{1,4})(?:[^P]+|P(?!rivate-MAC:))*/g },
  // Proxmox VE, Backup Server and Mail Gateway. Source: PVE::AccessControl (assemble_ticket, assemble_csrf_prevention_token).
  { pattern: /\b(?:PVE|PBS|PMG)APIToken(?:[= ]|%3D)[^\s"',;<>]+/gi },
  { pattern: /\b(?:PVE|PBS|PMG)\w{0,16}(?::|%3A)[^\s"',;<>]+/g, isSecret: (ticket) => /::|%3A%3A/i.test(ticket) },
  { pattern: /(@[\w.-]{1,64}(?:!|%21)[\w.-]{1,128}(?:[=:]|%3[AD]))[^\s"',;&<>]+/gi },
  { pattern: /\b[0-9A-F]{8}(?::|%3A)[A-Za-z0-9+/]{27,}={0,2}/g },
  // HTTP: the whole header, since a cookie has many parts and a scheme its own.
  {
    pattern:
      /((?:^|[^\w-])(?:proxy-)?(?:authorization|set-cookie2?|cookie|csrfpreventiontoken|vmware-api-session-id)\\{0,3}["']?\s{0,8}:\s{0,8})[^\r\n]+/gi,
  },
  {
    pattern:
      /(\b(?:(?:PVE|PBS|PMG)AuthCookie|vmware_soap_session|JSESSIONID|PHPSESSID)(?:=|%3D))\\{0,3}"?[^\s"',;<>]+/gi,
  },
  {
    pattern: /(\b(?:Bearer|Basic|Digest|Negotiate|NTLM|SharedKey|ApiKey)\s{1,8})[\w.~+/=:-]{8,}/gi,
    isSecret: isNoWord,
  },
  { pattern: /(\bAWS4-HMAC-SHA256\s)[^\r\n]+/g },
  // An `@` may be part of the password; a `/` too, but for web addresses, where it begins the path.
  {
    pattern: /(\b(?!https?:)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#"'<>@]{0,256}:)[^\s"'<>]{0,512}(?=@)/gi,
  },
  { pattern: /(:\/\/[^\s:/?#"'<>@]{0,256}:)[^\s/?#"'<>]*(?=@)/g },
  { pattern: /(:\/\/)[\w.~%+-]{20,}(?=@)/g },
  // Hooks: whoever knows the address may write.
  { pattern: /(\bhooks\.slack(?:-gov)?\.com\/\w{1,16}\/)[^\s"'<>]+/gi },
  { pattern: /(\bdiscord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/)[^\s"'<>]+/gi },
  { pattern: /(\b(?:webhook\.office|outlook\.office|outlook\.office365)\.com\/(?:webhook\w{0,4}\/)?)[^\s"'<>]+/gi },
  { pattern: /(\bapi\.telegram\.org\/bot)[^\s"'<>/]+/gi },
  { pattern: /\b\d{8,10}:[A-Za-z0-9_-]{35}/g },
  { pattern: /([?&;](?:sig|key|code|auth)(?:=|%3D))[^\s&"'<>]+/gi },
  // Tokens that are known by how they begin.
  { pattern: /(^|[^A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16,}/g },
  { pattern: /(^|[^\w+/])(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[\w+/=%-]{16,}/g },
  { pattern: /(^|[^\w-])AIza[\w-]{30,}/g },
  { pattern: /(^|[^\w-])ya29\.[\w-]{16,}/g },
  { pattern: /(^|[^\w/])1\/\/0[\w-]{20,}/g },
  { pattern: /(^|[^\w-])GOCSPX-[\w-]{16,}/g },
  { pattern: /(^|[^\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,}/g },
  { pattern: /(^|[^A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/g },
  { pattern: /(^|[^A-Za-z0-9])(?:glpat|gldt|glrt|glptt|glft|glsoat|glcbt|glagent)-[\w.-]{16,}/g },
  { pattern: /(^|[^A-Za-z0-9])(?:xox[a-z]|xapp)(?:\.xox[a-z])?-[\w%-]{10,}/g },
  { pattern: /(^|[^A-Za-z0-9])(?:sk|rk|pk)_(?:live|test)_\w{10,}/g },
  { pattern: /(^|[^A-Za-z0-9-])sk-[\w-]{20,}/g },
  {
    pattern:
      /(^|[^A-Za-z0-9])(?:whsec_|npm_|pypi-|dop_v1_|doo_v1_|hv[sbr]\.|glsa_|glc_|dckr_pat_|shp(?:at|ss|ca|pa)_|tskey-|lin_api_|rubygems_|AGE-SECRET-KEY-1)[\w+/=.-]{16,}/g,
  },
  { pattern: /(^|[^\w-])SG\.[\w-]{16,}\.[\w-]{16,}/g },
  { pattern: /(^|[^\w-])eyJ[\w-]{5,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g },
  // Last, whatever is called a secret: its value, up to where a value ends. `=`, `: `, `":"`, `=>`, `%3D`, and `>` in XML.
  {
    pattern:
      /((?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|signature|cookie|authorization|session[-_]?(?:id|key)|(?:api|access|account|private|auth|encryption|license|master|shared|signing|storage)[-_ ]?key)[\w.-]{0,40}(?:\\{0,3}["'`]?\s{0,8}(?:=>|[=:]|%3[ad])\s{0,8}|>))(?:\\{0,3}"(?:[^"\\\n]|\\[^\n])*|'(?:[^'\\\n]|\\[^\n])*|[^\s"'`<>]+)/gi,
    isSecret: isNoReference,
  },
  {
    pattern:
      /((?:^|\s)--?[\w-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|(?:api|access|private|account)-key)\s{1,8})(?:"[^"\n]*|'[^'\n]*|[^\s-]\S*)/gi,
    isSecret: isNoReference,
  },
];
