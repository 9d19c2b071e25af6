import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { digitsOf } from 'cognito-voice-otp';

test('a code may be typed, pasted and dictated', () => {
  const ways = [
    '042917',
    ' 042 917 ',
    '042-917',
    '0 4 2 9 1 7\n',
    '042\u{a0}917',
    '042\u{2013}917',
    '0, 4, 2, 9, 1, 7.',
    '"042917"',
    '«\u{202f}042917\u{202f}»',
    '\u{2068}042917\u{2069}',
    '\u{feff}042\u{200b}917\u{200e}',
    '٠٤٢٩١٧',
    '٠، ٤، ٢، ٩، ١، ٧',
    '۰۴۲۹۱۷',
    '०\u{200d}४२९१७।',
    '๐๔๒๙๑๗',
    '０４２ー９１７',
    '０、４、２、９、１、７。',
    '04२९17',
    '𝟎𝟜𝟮𝟫𝟷𝟕',
  ];
  for (const text of ways) assert.equal(digitsOf(text), '042917', text);
});

test('the separators are those of the functions', async () => {
  const source = await readFile(new URL('../../../crates/sign-in/src/code/answer.rs', import.meta.url), 'utf8');
  const [, punctuation] = source.match(/^const PUNCTUATION: &str = "((?:\\"|[^"])+)";$/m);
  for (const char of punctuation.replace('\\"', '"')) assert.equal(digitsOf(`042${char}917`), '042917', char);
  const [, dashes] = source.match(/^const DASHES: &str = ([^;]+);$/m);
  const chars = [...dashes.matchAll(/\\u\{(\w+)\}/g)].map(([, point]) => String.fromCodePoint(parseInt(point, 16)));
  assert.ok(chars.length > 20);
  for (const char of chars) assert.equal(digitsOf(`042${char}917`), '042917', char.codePointAt(0).toString(16));
});

test('what is more than digits is no code', () => {
  for (const text of ['+042917', '042917#', 'code: 042917', '042\u{0}917', '½42917', '²42917', '四二九一七', '①42917']) {
    assert.equal(digitsOf(text), undefined, text);
  }
  assert.equal(digitsOf(' - '), '');
});

test('every decimal digit of Unicode has its value', () => {
  let before;
  for (let point = 0; point <= 0x10ffff; point++) {
    const char = String.fromCodePoint(point);
    if (!/^\p{Nd}$/u.test(char)) continue;
    const value = Number(digitsOf(char));
    // The digits of a script are ten in a row, from 0 to 9.
    if (before && before.value < 9) assert.deepEqual([point, value], [before.point + 1, before.value + 1], char);
    else assert.equal(value, 0, point.toString(16));
    before = { point, value };
  }
  assert.equal(before.value, 9);
});
