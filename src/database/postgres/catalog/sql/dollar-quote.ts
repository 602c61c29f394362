/** `text` as a dollar-quoted SQL string: what code is written in, so that it stays readable. */
export function dollarQuote(text: string): string {
  let delimiter = '$$';
  // The closing delimiter must be the first one found, also when the text ends with a part of it.
  for (let tag = '_'; (text + delimiter).indexOf(delimiter) !== text.length; tag += '_')
    delimiter = `$${tag}$`;
  return delimiter + text + delimiter;
}
