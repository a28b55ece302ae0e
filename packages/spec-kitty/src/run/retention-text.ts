/** Why gc or archive found nothing to do. */
export function nothingCollectable(targets: number): string {
  return targets === 0
    ? 'Nothing to do: no target is known yet, so every event may still be wanted.\n'
    : `Nothing to do: no payload is left that all ${targets} known target(s) have (spec-kitty sync targets).\n`
}
