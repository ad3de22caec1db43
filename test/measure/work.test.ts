import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forwardProgram } from '../../src/forward/program.ts';
import { totalWork, workOf } from '../../src/measure/work.ts';
import { relevanceProgram } from '../../src/measure/workload.ts';
import { parseModel } from '../../src/onnx/index.ts';
import { syntheticModel } from '../../src/onnx/synthetic.ts';
import { modelBytes } from '../../src/onnx/write.ts';

const graph = await parseModel(modelBytes(syntheticModel('alexnet')), { batch: 2 });

test('the work of AlexNet is its 714 million multiply-adds an image, and its weights once', () => {
  const work = workOf(forwardProgram(graph));
  assert.is(totalWork(work).flops, 2 * 2 * 714_188_480);
  const weights = work.reduce((sum, step) => sum + step.constantBytes, 0);
  assert.is(weights, 4 * 61_100_840);
});

test('EpsilonPlus is about three times the work of the forward pass, EpsilonAlpha2Beta1 five', () => {
  const forward = totalWork(workOf(forwardProgram(graph))).flops;
  const times = (composite: string) => totalWork(workOf(relevanceProgram(graph, composite))).flops / forward;
  assert.ok(Math.abs(times('epsilon-plus') - 3.1) < 0.1, `${times('epsilon-plus')}`);
  assert.ok(Math.abs(times('epsilon-alpha2-beta1') - 5.1) < 0.1, `${times('epsilon-alpha2-beta1')}`);
});

test.run();
