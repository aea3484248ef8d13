export function SyncView() {
  return <p>soon</p>;
}
