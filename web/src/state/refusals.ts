// Why the server would not answer a message: it stores no such thing, so this tab keeps it until there is an answer.

const STORED = 'vitrine.refusals';

export type Refusals = Record<string, string>;

export const storedRefusals = (): Refusals => JSON.parse(sessionStorage.getItem(STORED) ?? '{}');
export const storeRefusals = (all: Refusals) => sessionStorage.setItem(STORED, JSON.stringify(all));
