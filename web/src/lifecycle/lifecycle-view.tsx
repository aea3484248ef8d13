export function LifecycleView() {
  return <p>soon</p>;
}
