# shellcheck shell=bash
# The rooms of the code stand on their floors: none uses what is not below it, no
# files call each other in a circle, each room has a map, and links with those
# below it alone.  Each fault that this looks for is planted, and found.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

layers=$srcdir/tests/layers.py
said=$scratch/said
python3 -B "$layers" "$srcdir" "$builddir" >"$said" 2>"$said.count"
is "no room uses what is not below it, and none has grown too long" "$(cat "$said")" ""
tap_diag "$(cat "$said.count")"

# --- Each room alone ---------------------------------------------------------

floors () # LOWEST FIRST: "ROOM FLOOR"
{
  sed -n 's,^| \([0-9]\) | `\([a-z-]*\)/.*,\2 \1,p' "$srcdir/HACKING.md" | sort -k 2,2
}

archive () # ROOM
{
  for library in "$builddir/$1/.libs/lib$1.a" "$builddir/$1/lib$1.a"; do
    if [ -e "$library" ]; then echo "$library"; return; fi
  done
}

read -ra libs <<<"$(pkg-config --libs glib-2.0) -lltdl"
read -ra cc <<<"${CC:-cc} ${SANITIZER_FLAGS-}"
# A build that counts lines needs what counts.
if nm "$(archive base)" 2>/dev/null | grep -q __gcov_; then cc+=(--coverage); fi
below=()
floor_below=()
last=0
while read -r room floor; do
  library=$(archive "$room")
  [ -n "$library" ] && [ "$room" != kit ] || continue
  if [ "$floor" != "$last" ]; then floor_below=("${below[@]}"); fi
  last=$floor
  below=("$library" "${below[@]}")
  if [ -n "${SANITIZER_FLAGS-}" ]; then
    # A shared object made so may lack what the program brings along.
    skip "$room links with those below it alone" "the sanitizers' runtime is the program's"
    continue
  fi
  "${cc[@]}" -shared -o alone.so -Wl,-z,defs -Wl,--whole-archive "$library" -Wl,--no-whole-archive \
    "${floor_below[@]}" "${libs[@]}" >"$said" 2>&1
  is "$room links with those below it alone" "$?$(head -n 5 "$said")" 0
done < <(floors)
kit=$(archive kit)
if [ -z "${SANITIZER_FLAGS-}" ]; then
  "${cc[@]}" -shared -o alone.so -Wl,-z,defs -Wl,--whole-archive "$kit" -Wl,--no-whole-archive \
    "$builddir/.libs/libvenvb.so" "${libs[@]}" >"$said" 2>&1
  is "kit links with the library as any other program" "$?$(head -n 5 "$said")" 0
fi

# --- Each fault is found -----------------------------------------------------

# A tree and a build directory with nothing in them but what is looked at.
mkdir -p tree build
(cd "$srcdir" && find base fetch undo wheel core cache kit pythons lock stages command plugins plugin-api tests/layers.left \
   HACKING.md Makefile.am \( -name '*.[ch]' -o -name '*.py' -o -name '*.in' -o -name 'layers.left' \
   -o -name '*.syms' -o -name '*.md' -o -name '*.am' -o -name '*.mk' \) -print0 2>/dev/null | tar --null -cf - -T -) | tar -xf - -C tree
(cd "$builddir" && find base fetch undo wheel core cache kit pythons lock stages command plugins \( -name 'lib*.a' -o -name '*.o' \) \
   -print0 | tar --null -cf - -T -) | tar -xf - -C build

chmod -R u+w tree build
planted () # NAME WHAT-IS-SAID
{
  python3 -B "$layers" tree build >"$said" 2>&1
  check "$1" grep -E "$2" "$said"
}

clean () # NAME
{
  is "$1" "$(python3 -B "$layers" tree build 2>/dev/null)" ""
}

clean "the copy has no fault"

change () # FILE SED-SCRIPT : until "unchange"
{
  cp -p "tree/$1" kept && changed=$1
  sed -i "$2" "tree/$1"
}
unchange () { cp -p kept "tree/$changed"; }

change base/fs.c '/include "base/a #include "undo/undo.h"'
planted "an include upwards is found" '^up: base/fs\.c includes undo/undo\.h$'
unchange
change cache/cache.c '/include "cache/a #include "core/room.h"'
planted "a look into the builder is found" '^inside: cache/cache\.c includes core/room\.h$'
unchange
change wheel/link.c '/include "wheel/a #include "undo/undo.h"'
planted "an include sideways is found" '^up: wheel/link\.c includes undo/undo\.h$'
unchange
change base/proc.c '$a static void (*before_start) (int pid);'
planted "a function that is kept is found" '^handed up: base/proc\.c keeps a function in before_start$'
unchange
mv tree/cache/cache.h kept
planted "a room without a map is found" '^map: cache/cache\.h is missing$'
mv kept tree/cache/cache.h
change undo/undo.h '1,/\*\//{/The map of/d}'
planted "a map that says nothing of the room is found" '^map: undo/undo\.h does not say'
unchange
yes '/* one more line */' | head -n 250 >>tree/pythons/pythons.h
planted "a map that is too long is found" '^map: pythons/pythons\.h has [0-9]* lines$'
cp "$srcdir/pythons/pythons.h" tree/pythons/
yes '/* one more line */' | head -n 500 >>tree/stages/cfg.c
planted "a file that is too long is found" '^long: stages/cfg\.c has [0-9]* lines$'
cp "$srcdir/stages/cfg.c" tree/stages/
change undo/identity.c '/base\/newer/d'
planted "what an old glibc lacks is found" '^newer: undo/identity\.c calls statx$'
unchange
touch tree/undo/odd.c
planted "a file on no map is found" '^map: undo/odd\.c is on no map$'
rm tree/undo/odd.c
change undo/undo.h 's/mounts\.c/cellar.c/'
planted "a map of what is not there is found" '^map: undo has no cellar\.c$'
unchange
change HACKING.md '/^| 4 | `cache/d'
planted "a room without a floor is found" '^map: cache/ has no floor in HACKING\.md$'
unchange
echo 'up: base/fs.c includes the moon' >>tree/tests/layers.left
planted "an excuse for nothing is found" '^excused, but no fault: up: base/fs\.c includes the moon$'
cp "$srcdir/tests/layers.left" tree/tests/

# Calls are read from what was compiled.
add_object () # ROOM NAME C
{
  : >"tree/$1/$2.c"
  echo "$3" | "${cc[@]}" -x c -c -o "$2.o" - && ar q "$(archive_copy "$1")" "$2.o" 2>/dev/null
}
archive_copy () { local path; path=$(archive "$1"); echo "build${path#"$builddir"}"; }
remove_object () # ROOM NAME
{
  rm "tree/$1/$2.c" && ar d "$(archive_copy "$1")" "$2.o"
}

add_object base planted 'void undo_rollback (void *, void *); void planted (void) { undo_rollback (0, 0); }'
planted "a call upwards is found" '^up: base/planted\.c uses undo_rollback of undo/undo\.c$'
remove_object base planted
add_object cache planted 'void *venvb_builder_new (void); void planted (void) { venvb_builder_new (); }'
planted "a public function is not below those who make it" '^up: cache/planted\.c uses venvb_builder_new of stages/front\.c$'
remove_object cache planted
add_object undo there 'void back (void); void there (void) { back (); }'
add_object undo back 'void there (void); void back (void) { there (); }'
planted "a circle of files is found" '^circle: undo/back\.c, undo/there\.c$'
remove_object undo there
remove_object undo back
clean "without them there is none again"

finish
