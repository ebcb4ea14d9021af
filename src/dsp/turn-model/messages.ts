// What the turn model and its worker say to each other. Media plane.

/** What the model's one output number is. */
export type TurnModelOutput =
  /** 0..1: the turn is complete. */
  | 'probability'
  /** Any number; the logistic function makes a probability of it. */
  | 'logit';

/** `workerData` of the turn model's worker. */
export interface TurnModelWorkerData {
  readonly modelPath: string;
  readonly output: TurnModelOutput;
  /** The newest audio that the model is given, where its file does not say how much it takes. */
  readonly windowMs: number;
  /** Of `ShardOwnership`: shared, and whose it is while the worker may begin native calls. */
  readonly header: Int32Array;
  readonly incarnation: number;
}

export interface TurnModelTask {
  /** Mono int16 at 8000 Hz, transferred; undefined: only load the model, and try it on silence. */
  readonly pcm: Int16Array | undefined;
}

/** Errors are told, not thrown: a thread's errors lose their code on the way. */
export type TurnModelAnswer =
  | { readonly type: 'probability'; readonly probability: number }
  | { readonly type: 'invalid'; readonly reason: string };
