/**
 * The people behind names: names that genuine pairs connect are of one person. A set may have
 * several names for a person, such as a folder for each view, or templates without any name.
 * @param first @param second the names of each pair's sides, as numbers from 0; parallel arrays
 * @param same 1 for a genuine pair, 0 for an impostor pair
 * @param names how many names there are
 * @returns the person of each name, numbered from 0 in the order of their first names, and how many
 * people there are
 */
export function subjectsOf(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  same: ArrayLike<number>,
  names: number,
): { readonly subjects: Int32Array; readonly count: number } {
  // Union by path halving: each name points towards its person's first name.
  const parent = Int32Array.from({ length: names }, (_, i) => i);
  const rootOf = (name: number) => {
    let at = name;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  for (let pair = 0; pair < same.length; pair++) {
    if (same[pair] !== 1) continue;
    const [a, b] = [rootOf(first[pair]!), rootOf(second[pair]!)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const subjects = new Int32Array(names);
  let count = 0;
  for (let name = 0; name < names; name++) {
    const root = rootOf(name);
    // The root is the lowest of its names, so its number is known by now.
    subjects[name] = root === name ? count++ : subjects[root]!;
  }
  return { subjects, count };
}
