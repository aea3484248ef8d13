export function AccountView() {
  return <p>soon</p>;
}
