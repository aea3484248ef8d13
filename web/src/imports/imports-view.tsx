export function ImportsView() {
  return <p>soon</p>;
}
