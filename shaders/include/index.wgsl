// The index of an invocation among all elements: workgroups beyond 65535 continue in the next row of the grid
// (`flatWorkgroups` in step.ts).
fn flat_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (workgroup.y * groups.x + workgroup.x) * size + local;
}
