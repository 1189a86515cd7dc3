// What people can say about an answer; the names are those that the store and its exports know.
export const BAD_REASONS = [
  { name: 'wrong', label: 'Wrong' },
  { name: 'unhelpful', label: 'Does not help' },
  { name: 'off_topic', label: 'Off topic' },
  { name: 'too_long', label: 'Too long' },
  { name: 'style', label: 'Badly written' },
  { name: 'unsafe', label: 'Harmful' },
];
export const GOOD_REASONS = [
  { name: 'correct', label: 'Correct' },
  { name: 'helpful', label: 'Helps' },
  { name: 'clear', label: 'Clear' },
  { name: 'style', label: 'Well written' },
];
export const CHOICE_REASONS = [
  { name: 'correct', label: 'More correct' },
  { name: 'helpful', label: 'Helps more' },
  { name: 'clear', label: 'Clearer' },
  { name: 'style', label: 'Better written' },
  { name: 'too_long', label: 'The other is too long' },
];

const labels = new Map([...GOOD_REASONS, ...BAD_REASONS].map(({ name, label }) => [name, label]));
labels.set('style', 'Style');
export const reasonLabel = (name: string) => labels.get(name) ?? name.replace(/_/g, ' ');
