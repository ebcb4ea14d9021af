// Scenarios as others run them: the CLI and users' own tests. Control plane.

export type { Evidence, NodeRecord, RecordTurn } from './evidence.js';
export { checkExpectations } from './expectations.js';
export { defineScenario, loadScenarios, type LoadedScenario } from './load.js';
export type { Unmet } from './matching.js';
export { runScenarios, type RunOptions, type ScenarioResult } from './run-scenarios.js';
export type { Scenario, ScenarioInput } from './schema.js';
export { timeline } from './timeline.js';
