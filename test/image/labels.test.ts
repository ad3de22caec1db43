import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { IMAGENET_CLASSES } from '../../src/image/imagenet-classes.ts';
import { parseLabels } from '../../src/image/label-file.ts';
import { findClass, shortLabel } from '../../src/image/labels.ts';

function refused(code: string, run: () => unknown, words: RegExp): void {
  assert.throws(run, (e: unknown) => e instanceof SalientError && e.code === code && words.test(e.message));
}

test('there are 1000 ImageNet classes in the order of the networks', () => {
  assert.is(IMAGENET_CLASSES.length, 1000);
  assert.is(IMAGENET_CLASSES[0], 'tench, Tinca tinca');
  assert.is(IMAGENET_CLASSES[282], 'tiger cat');
  assert.is(IMAGENET_CLASSES[967], 'espresso');
  assert.is(IMAGENET_CLASSES[999], 'toilet tissue, toilet paper, bathroom tissue');
});

test('a class is found by number, label, synonym or unique part, in any case', () => {
  const find = (wanted: string) => findClass(IMAGENET_CLASSES, wanted);
  assert.is(find('282'), 282);
  assert.is(find('Tiger Cat'), 282);
  assert.is(find('tench, tinca tinca'), 0);
  assert.is(find('tinca tinca'), 0);
  assert.is(find(' cock '), 7);
  assert.is(find('espresso mak'), 550);
  assert.is(find('espresso'), 967);
});

test('an unknown or ambiguous class is refused with suggestions', () => {
  const refusedClass = (wanted: string, words: RegExp) =>
    refused('bad-argument', () => findClass(IMAGENET_CLASSES, wanted), words);
  refusedClass('1000', /no class 1000; a class number from 0 to 999 is expected/);
  refusedClass('crane', /fits 2 classes: 134 \(crane\), 517 \(crane\)/);
  refusedClass('retriever', /fits \d+ classes: 205/);
  refusedClass('expresso', /no class is named "expresso"; did you mean 550 \(espresso maker\), 967 \(espresso\)/);
  refusedClass('-1', /no class -1; a class number from 0 to 999 is expected/);
  refusedClass('xyzzy-nothing', /give its number; .*--top 1000 lists/);
  refused('bad-argument', () => findClass(['cat', 'dog, hound'], 'horse'), /the classes are 0 \(cat\), 1 \(dog\)$/);
  refusedClass(' ', /give its number/);
});

test('label files are read as people have them', () => {
  const names = ['tench', 'goldfish', "bishop's fish"];
  const same = (text: string) => assert.equal(parseLabels(text), names, text);
  same("\ufefftench\r\ngoldfish\r\nbishop's fish\r\n"); // as Windows' editors save
  same('\ufeff["tench", "goldfish", "bishop\'s fish"]');
  same('{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": ["n9", "bishop\'s fish"]}'); // Keras
  same('{"0": "tench", "2": "bishop\'s fish", "1": "goldfish"}');
  same('{"tench": 0, "goldfish": 1, "bishop\'s fish": 2}'); // ImageFolder's class_to_idx
  same('{"model_type": "resnet", "id2label": {"0": "tench", "1": "goldfish", "2": "bishop\'s fish"}}');
  same("{0: 'tench',\n 1: 'goldfish',\n 2: \"bishop's fish\"}"); // a Python dictionary
  same("{0: 'tench', 1: 'goldfish', 2: 'bishop\\'s fish',}");
  same("0: tench\n1: goldfish\n2: bishop's fish");
  same('1,goldfish\n0,tench\n2,"bishop\'s fish"');
  same("1 tench\n2 goldfish\n3 bishop's fish\n");
  same("0: 'tench',\n1: 'goldfish',\n2: \"bishop's fish\",");
  // Numbers that are no class numbers belong to the name.
  assert.equal(parseLabels('2 CV\n500 L\n'), ['2 CV', '500 L']);
  assert.equal(parseLabels('0\n1\n2'), ['0', '1', '2']);
  assert.equal(parseLabels('7 up'), ['7 up']);
});

test('what is no label file is named for what it is', () => {
  refused('bad-file', () => parseLabels('{"0": "a", "2": "b"}'), /names 2 classes, but class 2 too; expected 0 to 1/);
  refused('bad-file', () => parseLabels('{"0": "a", "00": "b"}'), /names class 0 twice: "a" and "b"/);
  refused('bad-file', () => parseLabels('{"a": "x", "b": "y"}'), /neither an array of names nor an object/);
  refused('bad-file', () => parseLabels("{0: 'a' 1: 'b'}"), /begins like JSON or a Python dictionary, but is neither/);
  refused('bad-file', () => parseLabels('t\0e\0n\0c\0h\0'), /not text; give UTF-8/);
  refused('bad-file', () => parseLabels('{}'), /it holds no names|neither/);
  assert.equal(parseLabels('{"__proto__": 0, "constructor": 1}'), ['__proto__', 'constructor']);
});

test('label files are read line by line or as JSON', () => {
  assert.equal(parseLabels('n01440764 tench, Tinca tinca\r\nn01443537 goldfish\n\n'), [
    'tench, Tinca tinca',
    'goldfish',
  ]);
  assert.equal(parseLabels('cat\n\ndog\n'), ['cat', '', 'dog']);
  assert.equal(parseLabels(' ["cat", "dog"]'), ['cat', 'dog']);
  refused('bad-file', () => parseLabels('\n \n'), /no names/);
  refused('bad-file', () => parseLabels('["cat"'), /neither/);
  refused('bad-file', () => parseLabels('[1, 2]'), /a JSON array, but not of names/);
});

test('a short label is the first synonym', () => {
  assert.is(shortLabel('tench, Tinca tinca'), 'tench');
});

test.run();
