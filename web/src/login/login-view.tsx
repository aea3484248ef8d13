export function LoginView() {
  return <p>soon</p>;
}
