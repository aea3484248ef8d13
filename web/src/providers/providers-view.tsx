export function ProvidersView() {
  return <p>soon</p>;
}
