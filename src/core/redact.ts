const hidden = '***';

/** A location that names a file and no host: nothing in it is a secret. */
const FILE_LOCATION = /^(--?[a-z-]+=)?sqlite:(?!\/\/[^/])/i;

/** Names of parameters whose values are secrets, wherever they stand in a URL or a connection string. */
const secretName = /pass(?!file)|pwd|secret|token|signature|credential/i;

/**
 * `url` as it may be shown: every password in it replaced by `***`, in the user part as well as in parameters
 * (`password=`, `sslpassword=`, a signature). Works on malformed URLs too, and there rather hides too much than too
 * little: whatever stands between the first colon after the scheme and the last `@` is taken for a password, and so is
 * what stands in the place of a port and is none.
 */
export function redactUrl(url: string): string {
  if (FILE_LOCATION.test(url)) return url;
  return redactPorts(redactParameters(redactUserPart(url)));
}

/** What is taken for a key, whole or mistyped: as many letters and digits in a row, or 32 bytes in base64. */
const keyDigits = /[0-9a-z+/_-]{43}=|[0-9a-z]{32,}/gi;

/** Any argument of a command line as it may be shown: without passwords, as `redactUrl`, and without keys. */
export function redactArgument(argument: string): string {
  return redactUrl(argument).replaceAll(keyDigits, hidden);
}

function redactUserPart(url: string): string {
  const end = url.lastIndexOf('@');
  if (end === -1) return url;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? '';
  const colon = url.indexOf(':', scheme.length);
  if (colon === -1 || colon > end) return url;
  return `${url.slice(0, colon + 1)}${hidden}${url.slice(end)}`;
}

/** The password of a URL whose host was forgotten stands where a port would. A port ends too where the next parameter begins. */
function redactPorts(text: string): string {
  return text.replaceAll(
    /([a-z][a-z0-9+.-]*:\/\/[^\s/?#:@[\]]*:)([^\s/?#]+)/gi,
    (whole: string, before: string, port: string) =>
      /^\d{1,5}(,|$|&[\w-]+=)/.test(port) || port.startsWith(hidden) ? whole : `${before}${hidden}`,
  );
}

/** A value ends where the next parameter begins: unquoted ones may hold an `&` or a blank that was not encoded. */
function redactParameters(text: string): string {
  return text.replaceAll(
    /([^\s?&;=#]+)(\s*=\s*)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|.*?(?=[\s&]+[\w%.-]+\s*=|$))/gs,
    (_whole: string, name: string, equals: string, value: string) => {
      if (secretName.test(decoded(name))) return `${name}${equals}${hidden}`;
      // What another parameter seems to hold may hold a secret one.
      return `${name}${equals}${value.includes('=') ? redactParameters(value) : value}`;
    },
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
