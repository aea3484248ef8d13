export function TimeView() {
  return <p>soon</p>;
}
