import * as jax from '@jax-js/jax';

const { numpy: np, lax, nn } = jax;
console.log(await jax.init('wasm'));
jax.defaultDevice('wasm');
const f = jax.jit((x, w, b) =>
  nn.relu(
    lax
      .convGeneralDilated(
        x,
        w,
        [1, 1],
        [
          [1, 1],
          [1, 1],
        ],
      )
      .add(b),
  ),
);
const mk = (s) => np.array(Float32Array.from({ length: s.reduce((a, b) => a * b) }, Math.random)).reshape(s);
const x = mk([1, 64, 56, 56]),
  w = mk([64, 64, 3, 3]),
  b = mk([64, 1, 1]);
for (let i = 0; i < 4; i++) {
  const t = performance.now(),
    c = process.cpuUsage();
  const y = f(x.ref, w.ref, b.ref);
  const d = await y.data();
  const u = process.cpuUsage(c);
  console.log(d.length, d.constructor.name, performance.now() - t, (u.user + u.system) / 1000);
}
