/** The rows that Python's `packed.pack` made into bytes; `data` is a view of them. */
export function unpack(data) {
  const { names, rows } = JSON.parse(new TextDecoder().decode(data));
  return rows.map((values) => Object.fromEntries(names.map((name, n) => [name, values[n]])));
}
