// The digits of what a user typed, pasted or dictated. The functions read an answer in the same way.

const SEPARATOR =
  /[\p{White_Space}\p{Dash}\p{Default_Ignorable_Code_Point}"',./:;_«·»،؛٫٬۔।‘-‟•․-‧‹›、。「-』・ー﹐-﹒﹔﹕＂＇，．／：；＿｡-､･ｰ]/u;
const DIGIT = /^\p{Nd}$/u;

/** The code in ASCII digits, or `undefined` if the text holds anything but digits of any script and separators. */
export function digitsOf(text: string): string | undefined {
  let digits = '';
  for (const char of text) {
    if (SEPARATOR.test(char)) continue;
    if (!DIGIT.test(char)) return undefined;
    digits += valueOf(char);
  }
  return digits;
}

/** Unicode has the ten digits of a script in a row, and may have the next row right after it. */
function valueOf(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(point - before - 1))) before++;
  return before % 10;
}
