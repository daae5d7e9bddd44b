#include "binding/stay_loaded.h"

#include <dlfcn.h>

namespace voxline {

bool stayLoaded() {
  Dl_info own{};
  if (::dladdr(reinterpret_cast<void*>(&stayLoaded), &own) == 0 || !own.dli_fname) return false;
  return ::dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

}  // namespace voxline
