export function HostView() {
  return <p>soon</p>;
}
