// Shaders in fewer bytes: comments and spaces that say nothing to a compiler. Names and lines stay, so that an error in a
// driver's log is found in the sources.

/** Lines that src/tensor/webgpu/shader.ts reads by their form. */
const READ_BY_FORM = /^\/\/ @include |^override |@binding\(|@unroll$|@workgroup_size/;

const TOKEN = /[\w.]+|[^\s\w.]/g;
const WORD = /^[\w.]/;

/** A line without a comment, and with spaces only where two words, or two signs, would become another one. */
function minifyLine(line) {
  if (READ_BY_FORM.test(line)) return line.replace(/^( *)\1/, '$1');
  const indent = ' '.repeat(line.search(/\S|$/) / 2);
  let text = '';
  let end = -1;
  for (const { 0: token, index } of line.replace(/\/\/.*$/, '').matchAll(TOKEN)) {
    const last = text.at(-1) ?? '';
    const apart =
      index > end && text !== '' && (WORD.test(last) ? WORD.test(token) : isOperator(last) && isOperator(token));
    text += `${apart ? ' ' : ''}${token}`;
    end = index + token.length;
  }
  return text === '' ? '' : indent + text;
}

const isOperator = (sign) => '+-*/%<>=!&|^~'.includes(sign);

/** Indentation says something only where a loop is unrolled: its end is the next brace that stands as far in as it. */
function outset(line, unrolls) {
  return unrolls && /@unroll$|^ *\}$/.test(line) ? line : line.trimStart();
}

/** The module of embedded shaders with each of them shortened. */
export function minifyWgsl(module) {
  return module.replaceAll(/`((?:[^`\\]|\\.)*)`/g, (_, text) => {
    const lines = text
      .split('\n')
      .map((line) => outset(minifyLine(line), text.includes('@unroll')))
      .filter((line) => line.trim() !== '');
    return `\`${lines.join('\n')}\n\``;
  });
}
