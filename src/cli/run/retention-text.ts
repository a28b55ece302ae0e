/** Why gc or archive found nothing to do. */
export function nothingCollectable(targets: number): string {
  return targets === 0
    ? 'Nothing to do: no target is known yet, so every event may still be wanted.\n'
    : `Nothing to do: no event has reached all ${targets} known target(s) (spec-kitty sync targets).\n`
}
