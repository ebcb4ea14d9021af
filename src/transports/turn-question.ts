// Asks the turn model about a pause of one call: one question at a time, given up when the voice returns. Media plane, once a pause.

import type { TurnModel } from '../actors/ports.js';

export interface TurnModelUse {
  readonly model: Pick<TurnModel, 'completeProbability'>;
  /** The newest audio of the utterance that the model is given. */
  readonly windowMs: number;
}

export class TurnQuestion {
  readonly #model: TurnModelUse['model'];
  readonly #onAnswer: (utteranceId: number, probability: number) => void;
  #asking: AbortController | undefined;

  /** @param onAnswer told of answers that came in time, and of none to a question that was given up */
  constructor(
    model: TurnModelUse['model'],
    onAnswer: (utteranceId: number, probability: number) => void,
  ) {
    this.#model = model;
    this.#onAnswer = onAnswer;
  }

  /** @param pcm the utterance so far, see `TurnModel` */
  ask(utteranceId: number, pcm: Int16Array): void {
    this.giveUp();
    const asking = new AbortController();
    this.#asking = asking;
    void this.#model.completeProbability(pcm, asking.signal).then((probability) => {
      if (asking.signal.aborted) return;
      this.#asking = undefined;
      if (probability !== undefined) this.#onAnswer(utteranceId, probability);
    });
  }

  giveUp(): void {
    this.#asking?.abort();
    this.#asking = undefined;
  }
}
