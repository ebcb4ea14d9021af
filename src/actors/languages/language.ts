// What turn-taking knows of a language: lists of words and phrases, one file a language. Control plane.

/**
 * Phrases are written as people say them; case, punctuation and hyphens do not count when they are
 * looked up, accents do. A list may hold a word that another one holds too: who asks decides.
 */
export interface LanguageWords {
  /** Sounds of hesitation without any meaning. */
  readonly hesitations: readonly string[];
  /** A text that ends so is not complete: articles, prepositions, conjunctions, "my number is". */
  readonly openEndings: readonly string[];
  /** A text that ends so is complete: thanks and farewells. */
  readonly closings: readonly string[];
  /** Whole questions that end in words which ask for more elsewhere: "where are you". */
  readonly shortQuestions: readonly string[];
  /** Answers to a yes-or-no question. */
  readonly answers: readonly string[];
  /** Said beside an answer without changing it: "please", "sir". */
  readonly courtesies: readonly string[];
  /** A sentence that begins so asks something. */
  readonly questionStarts: readonly string[];
  /** A long number follows: a telephone, card or account number. */
  readonly numberCues: readonly string[];
  /** Single letters follow: "spelled". */
  readonly spellingCues: readonly string[];
  /** Signs of listening, said without wanting the floor. */
  readonly backchannels: readonly string[];
  /** Signs of listening that are often written with a question mark: "really?". */
  readonly newsmarks: readonly string[];
  /** One of these takes the floor: "wait", "stop", "no". */
  readonly floorTakers: readonly string[];
  /** Taken for one another: "don't" for "do not". */
  readonly contractions: Readonly<Record<string, string>>;
  /** Cardinal numbers from 0 to 99 as they are written out. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Another word for zero, read so between two digits alone. */
  readonly zeros: readonly string[];
  /** Said while the answer takes its time. */
  readonly fillers: readonly string[];
  readonly spoken: SpokenWords;
}

/** What the node itself says, where no agent can. */
export interface SpokenWords {
  /** BCP 47 of the voice that Twilio speaks it with. */
  readonly twilio: string;
  /** The call cannot go on: an engine is gone, or an answer took too long. */
  readonly failed: string;
  /** The longest call is over. */
  readonly timeLimit: string;
  /** The node is being stopped. */
  readonly drained: string;
  /** The agent fell silent in the middle of its answer. */
  readonly brokenOff: string;
  /** The node takes no call now. */
  readonly unavailable: string;
  /** The transfer was not answered. */
  readonly transferFailed: string;
}
