import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SalientError } from '../../src/error.ts';
import { IMAGENET_CLASSES } from '../../src/image/imagenet-classes.ts';
import { findClass, parseLabels, shortLabel } from '../../src/image/labels.ts';

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

test('label files are read line by line or as JSON', () => {
  assert.equal(parseLabels('n01440764 tench, Tinca tinca\r\nn01443537 goldfish\n\n'), [
    'tench, Tinca tinca',
    'goldfish',
  ]);
  assert.equal(parseLabels('cat\n\ndog\n'), ['cat', '', 'dog']);
  assert.equal(parseLabels(' ["cat", "dog"]'), ['cat', 'dog']);
  refused('bad-file', () => parseLabels('\n \n'), /no names/);
  refused('bad-file', () => parseLabels('["cat"'), /begins like a JSON array/);
  refused('bad-file', () => parseLabels('[1, 2]'), /not an array of strings/);
});

test('a short label is the first synonym', () => {
  assert.is(shortLabel('tench, Tinca tinca'), 'tench');
});

test.run();
