// What may be asked first: by what the model is.
import type { Model } from '../api/types';

/** What models know that were trained here on the small world alone; tried on one. Their context holds 256 tokens. */
const SMALL_WORLD = [
  'What is 17 * 23?',
  'Tell me a story about Tim and a dog.',
  'Anna has a red ball. The ball is in the box. Where is the ball?',
  'What can you do?',
];
const GENERAL = ['Explain in two sentences what a language model does.', 'Tell me a short story.', 'Write a Python function that reverses a list.'];

const SMALL_WORLD_PARAMETERS = 10e6;

export function suggestionsFor(model: Model | undefined): string[] {
  const isOfSmallWorld = model && model.parameters !== null && model.parameters < SMALL_WORLD_PARAMETERS;
  return isOfSmallWorld ? SMALL_WORLD : GENERAL;
}
