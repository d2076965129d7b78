// plugin_host PLUGIN: loads the plugin, calls it, and checks that it can be unloaded.
#include <cstdio>
#include <dlfcn.h>

int main(int, char** argv) {
  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return std::puts(dlerror()), 1;
  const auto rectifies = reinterpret_cast<bool (*)()>(dlsym(plugin, "rectifies"));
  if (!rectifies || !rectifies()) return std::puts("wrong results"), 1;
  dlclose(plugin);
  if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD)) return std::puts("still loaded"), 1;
}
