import { bargeInMs, loadClip, placeCall, responseMs } from 'ringmaster/phone';

/** Asks for the opening hours, interrupts the answer, and says how fast the agent was. */
export async function callAnAgent(webhookUrl: string): Promise<string> {
  const hours = await loadClip('assets/speech/hours.wav');
  const location = await loadClip('assets/speech/location.wav');
  const { turns, violations } = await placeCall({
    webhookUrl,
    script: async (caller) => {
      await caller.waitForAgent();
      await caller.say(hours);
      await caller.bargeIn(location, 800);
      await caller.waitForAgent();
      await caller.hangUp();
    },
  }).finished;
  if (violations.length > 0) throw new Error(violations[0]?.reason);
  const [first, second] = turns;
  if (first === undefined || second === undefined) throw new Error('the call was too short');
  return `answered after ${responseMs(first)} ms, silent after ${bargeInMs(second)} ms`;
}
