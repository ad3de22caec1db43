import type { Rule } from '../../src/browser/index.ts';

/** What each composite does, in a sentence. */
export const COMPOSITES: Readonly<Record<string, string>> = {
  'epsilon-plus':
    'Convolutions pass relevance through their positive contributions alone (z⁺), dense layers by the ε rule: calm maps that hardly change between classes of one object.',
  'epsilon-plus-flat':
    'As epsilon-plus, and the first layer spreads its relevance evenly over each window: the smoothest of maps.',
  'epsilon-gamma-box':
    'γ favours positive contributions in convolutions, ε serves the dense layers, and z-box knows that pixels lie between black and white.',
  'epsilon-alpha2-beta1':
    'Convolutions count positive contributions twice and subtract the negative ones (α = 2, β = 1): sharp maps.',
  'epsilon-alpha2-beta1-flat': 'As epsilon-alpha2-beta1, with an even first layer.',
  'salient-relevance': 'The rules of “Beyond saliency” itself: ε close to 0 in convolutions, z⁺ in dense layers.',
  'excitation-backprop': 'z⁺ everywhere: what excited the winner, and nothing that spoke against it.',
  attn: 'For transformers: ε rules, products shared evenly between their factors (AttnLRP).',
};

export const METHODS: Readonly<Record<string, string>> = {
  lrp: '',
  gradient: 'How the score would change with each pixel: no shares, and noisy.',
  'gradient-x-input': 'The gradient times the input: LRP-0 for networks of ReLUs.',
  deconvnet: 'The gradient with a ReLU on the way back in place of the forward one.',
  'guided-backprop': 'The gradient where both ways are positive: sharp, and nearly the same for every class.',
  smoothgrad: 'The mean gradient of 25 noisy copies.',
  'integrated-gradients':
    'The gradient along the path from black to the photograph, times the way: it sums to the score’s difference.',
  occlusion: 'How far the score falls where a grey window covers the photograph.',
};

/** A rule's formula, and what it means. a: input, w: weight, b: bias, z = Σ a·w + b, R: relevance. */
export const RULES: Readonly<Record<Rule['rule'], readonly [formula: string, meaning: string]>> = {
  zero: ['Rᵢ = Σⱼ aᵢwᵢⱼ / zⱼ · Rⱼ', 'Each input takes its share of the sum, whatever its sign.'],
  epsilon: [
    'Rᵢ = Σⱼ aᵢwᵢⱼ / (zⱼ + ε·sign zⱼ) · Rⱼ',
    'As LRP-0, with a denominator that is kept from zero; ε absorbs a little.',
  ],
  gamma: ['Rᵢ = Σⱼ aᵢ(wᵢⱼ + γ·wᵢⱼ⁺) / Σ aᵢ(wᵢⱼ + γ·wᵢⱼ⁺) · Rⱼ', 'Positive contributions count 1 + γ times.'],
  'alpha-beta': [
    'Rᵢ = Σⱼ (α·(aᵢwᵢⱼ)⁺/zⱼ⁺ − β·(aᵢwᵢⱼ)⁻/zⱼ⁻) · Rⱼ',
    'Positive and negative contributions apart, α − β = 1.',
  ],
  'z-plus': ['Rᵢ = Σⱼ (aᵢwᵢⱼ)⁺ / zⱼ⁺ · Rⱼ', 'Positive contributions alone: α = 1, β = 0.'],
  'z-box': ['Rᵢ = Σⱼ (aᵢwᵢⱼ − lᵢwᵢⱼ⁺ − hᵢwᵢⱼ⁻) / Σ(…) · Rⱼ', 'For pixels, which lie between l (black) and h (white).'],
  'w-square': ['Rᵢ = Σⱼ wᵢⱼ² / Σ wᵢⱼ² · Rⱼ', 'By squared weights, whatever the input.'],
  flat: ['Rᵢ = Σⱼ 1 / Σ 1 · Rⱼ', 'Evenly over the window.'],
};

/** Rules that a single layer can be given here. */
export const LAYER_RULES: Readonly<Record<string, Rule>> = {
  'z-plus': { rule: 'z-plus' },
  epsilon: { rule: 'epsilon', stabilizer: { kind: 'absolute', epsilon: 1e-6 } },
  gamma: { rule: 'gamma', gamma: 0.25 },
  'alpha-beta': { rule: 'alpha-beta', alpha: 2, beta: 1 },
  'w-square': { rule: 'w-square' },
  flat: { rule: 'flat' },
};
