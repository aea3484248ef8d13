export function ApiView() {
  return <p>soon</p>;
}
