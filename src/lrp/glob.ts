/**
 * Whether a name fits a pattern in which `*` stands for any characters. Only the last star is ever tried again, so the
 * time is at most the product of both lengths, whatever the pattern.
 */
export function globMatches(glob: string, name: string): boolean {
  let [at, inGlob] = [0, 0];
  let star = -1;
  let behindStar = 0;
  while (at < name.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++;
      behindStar = at;
    } else if (glob[inGlob] === name[at]) {
      inGlob++;
      at++;
    } else if (star >= 0) {
      inGlob = star + 1;
      at = ++behindStar;
    } else return false;
  }
  while (glob[inGlob] === '*') inGlob++;
  return inGlob === glob.length;
}
