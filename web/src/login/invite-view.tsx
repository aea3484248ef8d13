export function InviteView() {
  return <p>soon</p>;
}
