// Why the server would not answer a message: it stores no such thing, so this tab keeps it until there is an answer.

const STORED = 'vitrine.refused';

export interface Refusal {
  reason: string;
  code: string | null;
  model: string | null;
}
export type Refusals = Record<string, Refusal>;

export const storedRefusals = (): Refusals => JSON.parse(sessionStorage.getItem(STORED) ?? '{}');
export const storeRefusals = (all: Refusals) => sessionStorage.setItem(STORED, JSON.stringify(all));
