/** The life of an agent's first card, as far as each test needs it. */

import { at, deployRegistry, loadFixture, makeCard, mined, noCard, Reason, start } from './deploy.ts'

export const first = makeCard('first')
export const second = makeCard('second', { suite: 0x0020 })
export const third = makeCard('third')

/** The agent has published its first card at `start`. */
export async function withOneCard() {
  const deployed = await loadFixture(deployRegistry)
  await at(0)
  const receipt = await mined(deployed.registry.publish(deployed.agent.address, first.card, noCard, 0))
  return { ...deployed, receipt }
}

/** The agent's first card gave way to the second at +1000, with a grace period until +1500. */
export async function withGrace() {
  const deployed = await loadFixture(withOneCard)
  await at(1000)
  await deployed.registry.publish(deployed.agent.address, second.card, first.cardId, start + 1500)
  return deployed
}

/** As {@link withGrace}; the first card was revoked at +2000 as compromised since +800. */
export async function withBackdatedRevocation() {
  const deployed = await loadFixture(withGrace)
  await at(2000)
  await deployed.registry.revoke(deployed.agent.address, first.cardId, Reason.KeyCompromise, start + 800)
  return deployed
}
