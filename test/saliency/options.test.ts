import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveSaliencyOptions, SALIENCY_DEFAULTS, type SaliencyOptions } from '../../src/saliency/options.ts';

test('options left out, or undefined, have their defaults', () => {
  assert.equal(resolveSaliencyOptions(), SALIENCY_DEFAULTS);
  assert.equal(resolveSaliencyOptions({ size: undefined, nearest: 9 }), { ...SALIENCY_DEFAULTS, nearest: 9 });
});

for (const [name, value, message] of [
  ['input', 'mean', 'saliency option "input" is "mean"; expected "sum", "paper", "image"'],
  ['absolute', 1, 'saliency option "absolute" is 1; expected true or false'],
  ['size', 0, 'saliency option "size" is 0; expected a whole number of pixels from 1 to 1024, or "none"'],
  ['size', 1e9, 'saliency option "size" is 1000000000; expected a whole number of pixels from 1 to 1024, or "none"'],
  [
    'scales',
    [],
    'saliency option "scales" is []; expected one to 16 different numbers, each greater than 0 and at most 1',
  ],
  [
    'scales',
    [1, 1],
    'saliency option "scales" is [1,1]; expected one to 16 different numbers, each greater than 0 and at most 1',
  ],
  [
    'scales',
    [2],
    'saliency option "scales" is [2]; expected one to 16 different numbers, each greater than 0 and at most 1',
  ],
  ['patch', 6, 'saliency option "patch" is 6; expected an odd number of pixels from 3 to 31'],
  ['queryStride', 1.5, 'saliency option "queryStride" is 1.5; expected a whole number of pixels from 1 to 64'],
  ['candidateStride', 0, 'saliency option "candidateStride" is 0; expected a whole number of pixels from 1 to 64'],
  ['nearest', Number.NaN, 'saliency option "nearest" is NaN; expected a whole number of patches from 1 to 1000000'],
  ['positionWeight', -1, 'saliency option "positionWeight" is -1; expected a number of at least 0'],
  ['foci', 'max', 'saliency option "foci" is "max"; expected "scale", "mean", "none"'],
  ['focusThreshold', 80, 'saliency option "focusThreshold" is 80; expected a number from 0 to 1'],
  [
    'centrePrior',
    0,
    'saliency option "centrePrior" is 0; expected a positive fraction of the side (such as 1/6), or "none"',
  ],
] as const) {
  test(`${name} cannot be ${JSON.stringify(value)}`, () => {
    const options = { [name]: value } as unknown as SaliencyOptions;
    assert.throws(
      () => resolveSaliencyOptions(options),
      (error: Error & { code: string }) => error.code === 'bad-argument' && error.message === message,
    );
  });
}

test('an unknown option is named, with those that are known', () => {
  assert.throws(
    () => resolveSaliencyOptions({ neighbours: 3 } as SaliencyOptions),
    /there is no option "neighbours" in saliency; expected one of input, absolute, size/,
  );
});

test.run();
