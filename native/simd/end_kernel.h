// Last include of every kernel file: closes the namespaces that begin_kernel.h opens.

}  // namespace
}  // namespace voxline
