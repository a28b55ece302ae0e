/** A directed graph: node → the nodes it depends on. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The groups of nodes that reach each other (Tarjan's strongly connected components of more than
 * one node), each sorted, in a stable order.
 */
export function cyclesIn(graph: Graph): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    const place = index.size
    index.set(node, place)
    low.set(node, place)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(node) !== place) return
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1) found.push(group.sort())
  }
  for (const node of graph.keys()) visit(node)
  return found.sort((left, right) => (left.join() < right.join() ? -1 : 1))
}

/** A graph of the edges, without edges from a node to itself. */
export function graphOf(edges: Iterable<readonly [string, string]>): Graph {
  const graph = new Map<string, Set<string>>()
  for (const [from, to] of edges) {
    if (from === to) continue
    graph.set(from, (graph.get(from) ?? new Set()).add(to))
  }
  return graph
}
