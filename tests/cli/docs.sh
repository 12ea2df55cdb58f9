# shellcheck shell=bash
# The manual: it is complete, its pages have the same form, its links lead
# somewhere, and its examples compile and run.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/docs.inc
. "$srcdir/tests/docs.inc"

umask 022
pages=$(cd "$srcdir" && ls docs/*.pod plugins/*/*.pod)
plugin_pod=$srcdir/docs/venvb-plugin.pod
builder_pod=$srcdir/docs/venvb-builder.pod
headers=$(ls "$srcdir"/plugin-api/*.h)

# The section of a page is told by what was made of it: PAGE.pod, PAGE.3.
declare -A sections files
for page in $pages; do
  for made in "$builddir/${page%.pod}".[1-9]; do
    [ ! -e "$made" ] || sections[$page]=${made##*.} files["$(basename "$page" .pod)(${made##*.})"]=$srcdir/$page
  done
  # That of a plugin which is not built here is linked to nevertheless.
  case $page in plugins/*) files["$(basename "$page" .pod)(1)"]=$srcdir/$page ;; esac
done
section_of () { printf '%s' "${sections[$1]-}"; } # PAGE.pod
name_of () { printf '%s(%s)\n' "$(basename "$1" .pod)" "${sections[$1]}"; }
# shellcheck disable=SC2317
headings () { sed -n 's/^=head1 //p' "$1"; }
# The names in the items of a page: C<name> or B<name>, several in one item.
items () { sed -n '/^=item/p' "$1" | grep -o '[BC]<[^<>]*>' | sed 's/^..//; s/>$//' | sort -u; }
items_below () # HEADING PAGE
{
  awk -v heading="$1" '/^=head[12] /{ on = $0 ~ "^=head[12] " heading "$" } on' "$2" >"$scratch/.part"
  items "$scratch/.part"
}
missing () { comm -23 <(sort -u <<<"$1") <(sort -u <<<"$2") | tr '\n' ' '; } # WANTED THERE
none_missing () # NAME WANTED THERE
{
  [ -n "$2" ] || { is "$1" "nothing was looked for" "something"; return; }
  is "$1" "$(missing "$2" "$3")" ""
}

# Every plugin has a page, and every page is made.

for dir in "$srcdir"/plugins/*/; do
  plugin=$(basename "$dir")
  [ -e "$dir/local.mk" ] || continue
  check "plugin $plugin has a page" test -s "$dir/venvb-$plugin.pod"
  [ ! -e "$builddir/plugins/$plugin/.libs/$plugin.so" ] ||
    check "it is made for section 1" test -s "$builddir/plugins/$plugin/venvb-$plugin.1"
done
for page in $pages; do
  [ -n "$(section_of "$page")" ] && continue
  plugin=$(basename "$(dirname "$page")")
  if [ "${page%%/*}" = plugins ] && [ ! -e "$builddir/plugins/$plugin/.libs/$plugin.so" ]; then
    skip "$page is made" "its plugin was not built"
  else
    is "$page is made" "no" "yes"
  fi
  pages=$(grep -vxF "$page" <<<"$pages")
done

# The options of a plugin's table are those of its page.

for dir in "$srcdir"/plugins/*/; do
  plugin=$(basename "$dir")
  [ -e "$builddir/plugins/$plugin/.libs/$plugin.so" ] || continue
  keys=$("$VENVB" --dump-plugin="$plugin" | sed -n 's/^key=\([^ *]*\) .*/\1/p' | sort)
  told=$(sed -n '/^=head1 OPTIONS/,/^=head1 [^O]/s/^=item B<\([a-z0-9-]*\).*/\1/p' "$dir/venvb-$plugin.pod" | sort)
  is "$plugin: the page has the options that the table has" "$told" "$keys"
done
check "some plugin has options" test "$("$VENVB" --dump-plugin=requirements | grep -c ^key=)" -gt 9

# All pages have the same sections, in the same order.

standard_sections () # OF-SECTION
{
  case $1 in
    1) printf '%s\n' NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES 'SEE ALSO' ;;
    3) printf '%s\n' NAME SYNOPSIS DESCRIPTION EXAMPLES 'SEE ALSO' ;;
    5) printf '%s\n' NAME DESCRIPTION EXAMPLES 'SEE ALSO' ;;
    *) printf '%s\n' NAME DESCRIPTION 'SEE ALSO' ;;
  esac
}
# shellcheck disable=SC2317
has_sections () # PAGE.pod
{
  local wanted
  wanted=$(standard_sections "$(section_of "$1")")
  diff <(echo "$wanted") <(headings "$srcdir/$1" | grep -xF "$wanted") || return 1
  [ "$(headings "$srcdir/$1" | tail -n 1)" = 'SEE ALSO' ]
}
for page in $pages; do
  check "$page has the standard sections" has_sections "$page"
  is "$page is named so" "$(sed -n '/^=head1 NAME/,/ - /s/ - .*//p' "$srcdir/$page" | tail -n 1)" \
     "$(basename "$page" .pod)"
done
if command -v podchecker >/dev/null; then
  for page in $pages; do
    is "podchecker: $page" "$(podchecker "$srcdir/$page" 2>&1 | grep -v 'pod syntax OK')" ""
  done
else
  skip "podchecker" "no podchecker"
fi

# venvb(1) and --help know the same options.

help=$("$VENVB" --help | sed -n 's/^  .\{4\}\(--[a-z-]*\).*/\1/p' | sort -u)
page=$(sed -n '/^=item/p' "$srcdir/docs/venvb.pod" | grep -o 'B<--[a-z-]*>' | sed 's/B<//; s/>//' | sort -u)
none_missing "venvb(1) has every option of --help" "$help" "$page"
none_missing "--help has every option of venvb(1)" "$page" "$help"
none_missing "venvb(1) names every page" "$(for page in $pages; do name_of "$page"; done)" \
  "$(grep -o 'L<venvb[^>]*>' "$srcdir/docs/venvb.pod" | sed 's/L<//; s/>//'; echo 'venvb(1)')"

# venvb-plugin(3) and venvb-builder(3) know the whole interface.

both=$(items "$plugin_pod"; items "$builder_pod")
functions=$(sed -n 's/^ *\(venvb_[a-z_0-9]*\);/\1/p' "$srcdir/plugin-api/venvb.syms")
none_missing "every exported function is described" "$functions" "$both"
none_missing "every function described is exported" "$(grep '^venvb_' <<<"$both")" "$functions"
is "none is described twice" \
   "$(grep -h '^=item C<venvb_' "$plugin_pod" "$builder_pod" | sort | uniq -d)" ""
# shellcheck disable=SC2086
values=$(awk '/^typedef enum/ { on = 1 } /^}/ { on = 0 } on' $headers | sed -n 's/^  \(VENVB_[A-Z_]*\).*/\1/p')
none_missing "every attribute, flag, source, mode, error and stage is described" "$values" "$both"
macros=$(sed -n 's/^#define \(VENVB_[A-Z_]*\) *(.*/\1/p' "$srcdir/plugin-api/venvb-plugin.h" |
           grep -v '^VENVB_ERROR$\|^VENVB_OPTION_')
none_missing "every macro of plugins is described" "$macros" "$both"
none_missing "every one described is there" "$(grep '^VENVB_' <<<"$both")" \
  "$values
$macros"
check "a plugin with a flag, a URL and a file takes less than 40 lines" test "$(
  sed -n '/^=for example plugin mirror.c/,/^=over/p' "$plugin_pod" | grep -c '^  ')" -lt 40
members=$(awk '/^typedef struct _VenvbPlugin$/ { on = 1 } /^} VenvbPlugin/ { on = 0 } on' \
            "$srcdir/plugin-api/venvb-plugin.h" | tr '\n' ' ' | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' |
          tr ';{' '\n' | sed -n 's/.*(\*\([a-z_]*\)) *(.*/\1/p; s/^[^()]*[ *]\([a-z_]\{1,\}\) *$/\1/p')
none_missing "every member of VenvbPlugin is described" "$members" "$(items_below Members "$plugin_pod")"
none_missing "every member described is there" "$(items_below Members "$plugin_pod")" "$members"
stages=$("$VENVB" --explain | sed -n 's/^stage  *\([a-z_]*\).*/\1/p')
none_missing "venvb(1) has every stage" "$stages" "$(items_below STAGES "$srcdir/docs/venvb.pod")"
is "venvb-plugin(3) has every stage, in their order" \
   "$(awk '/^=head2 The stages/ { on = 1; next } /^=head/ { on = 0 } on' "$plugin_pod" |
      sed -n 's/^=item C<\([a-z_]*\)>$/\1/p' | tr '\n' ' ')" "$(tr '\n' ' ' <<<"$stages")"
none_missing "every fact described is told" "$(items_below Facts "$plugin_pod")" \
  "$(grep -o "'[a-z_]*'" "$srcdir/pythons/facts.py" | tr -d "'")"

# Each row of the situations ends with the tests that show it.
rows=$(sed -n '/^|---/,$s/^| .*/&/p' "$srcdir/docs/situations.md")
check "there are situations" test "$(wc -l <<<"$rows")" -gt 30
is "each has its tests" "$(grep -vE '\| `[a-z-]+\.sh`(, `[a-z-]+\.sh`)* \|$' <<<"$rows")" ""
is "and they are there" \
   "$(grep -oE '`[a-z-]+\.sh`' <<<"$rows" | tr -d '`' | sort -u | while read -r test; do
        [ -e "$srcdir/tests/cli/$test" ] || echo "$test"; done)" ""

# Links.

# A heading of a page, without markup.
is_heading () { sed -n 's/^=head[1-4] //p; s/^=item //p' "$2" | sed 's/[BCFI]<\([^<>]*\)>/\1/g' | grep -qxF -- "$1"; }
broken_links () # PAGE.pod
{
  local link target section file
  tr '\n' ' ' <"$srcdir/$1" | grep -o 'L<[^<>]*>' | sed 's/^L<//; s/>$//' | while IFS= read -r link; do
    case $link in
      http://*|https://*) continue ;;
      */*) target=${link%%/*} section=${link#*/} ;;
      *)   target=$link section= ;;
    esac
    file=$srcdir/$1
    case $target in
      venvb*) file=${files[$target]-} ;;
      ?*) continue ;;
    esac
    [ -n "$file" ] && { [ -z "$section" ] || is_heading "$section" "$file"; } || echo "$link"
  done
}
for page in $pages; do
  is "links of $page" "$(broken_links "$page")" ""
done

if perl -MPod::Simple::XHTML -e1 2>/dev/null; then
  mkdir html
  # shellcheck disable=SC2046
  check "HTML" perl "$srcdir/docs/pod-to-html" html "venvb test" \
    $(for page in $pages; do printf '%s.%s=%s ' "$(basename "$page" .pod)" "$(section_of "$page")" "$srcdir/$page"; done)
  broken=$(cd html && grep -o 'href="[^"]*"' ./*.html | sed 's/href="//; s/"$//' | while IFS=: read -r from to; do
    case $to in http*) continue ;; '#'*) to=$from$to ;; esac
    file=${to%%#*}
    [ -s "$file" ] && { [ "$file" = "$to" ] || grep -qF "id=\"${to#*#}\"" "$file"; } || echo "$from: $to"
  done)
  is "links in HTML" "$broken" ""
  broken=$(sed -n 's/^\["\([^"]*\)".*/\1/p' html/search.js | while read -r to; do
    case $to in *'#'*) grep -qF "id=\"${to#*#}\"" "html/${to%%#*}" ;; *) [ -s "html/$to" ] ;; esac || echo "$to"
  done)
  is "what the search finds is there" "$broken" ""
  check "... each option of the command" sh -c 'for option in --clear --progress --link-mode; do
    grep -qF -e "$option" html/search.js || exit 1; done'
  check "... and each page has the field" [ "$(grep -lF 'id="search"' html/*.html | wc -l)" -eq "$(ls html/*.html | wc -l)" ]
  is "the index has every page" "$(grep -c '^<dt>' html/index.html)" "$(wc -w <<<"$pages")"
else
  skip "HTML" "no Pod::Simple"
fi

# Examples in C.

# shellcheck disable=SC2086
compile () { ${CC:-cc} -std=gnu11 -Wall -Werror $cflags "$@" $libs; }
cflags="-I$srcdir/plugin-api -I$builddir/plugin-api $(pkg-config --cflags glib-2.0)"
libs="-L$builddir/.libs -lvenvb -Wl,-rpath,$builddir/.libs $(pkg-config --libs glib-2.0) ${SANITIZER_FLAGS:-}"
try_plugin () # FILE.c [OPTIONS]
{
  local name=${1%.c}
  compile -shared -fPIC -o "$name.so" "$1" &&
    "$VENVB" --without-pip --system-site-packages --plugin="./$name.so${2:+,$2}" "env-$name" &&
    "env-$name/bin/python" -c pass
}
try_program () # FILE.c
{
  local name=${1%.c}
  compile -o "$name" "$1" && "./$name" "env-$name" && "env-$name/bin/python" -c pass
}
try_declarations () # FILE.c
{
  # A member of VenvbPlugin is compared with the real one.
  { printf '#include <venvb.h>\n'
    for member in $members; do
      printf 'extern __typeof__ (((VenvbPlugin *) 0)->%s) %s;\n' "$member" "$member"
    done
    cat "$1"; } >declarations.c
  libs='' compile -fsyntax-only declarations.c
}
for dir in "$builddir"/plugins/*/.libs; do
  VENVB_PLUGIN_PATH=${VENVB_PLUGIN_PATH:+$VENVB_PLUGIN_PATH:}$dir
done
export VENVB_PLUGIN_PATH VENVB_TEMPLATE_DIR="$srcdir/templates" VENVB_MODULE_DIR="$builddir/wheel/.libs"
if pkg-config --exists glib-2.0; then
  for page in $pages; do
    section=$(section_of "$page")
    blocks=$scratch/blocks/$(basename "$page")
    pod_blocks "$srcdir/$page" "$blocks" || check "$page: its blocks" false
    for block in "$blocks"/[0-9][0-9]; do
      [ -e "$block" ] || continue
      read -r kind name options <"$block.kind"
      [ -z "$name" ] || [ "$kind" = run ] || cp "$block" "$name"
      case $section-$kind in
        *-plugin)  check "$page: $name is a plugin that works" try_plugin "$name" "$options" ;;
        *-program) check "$page: $name is a program that works" try_program "$name" ;;
        3-plain)   cat "$block" >>"$blocks/declarations.c" ;;
        *-plain)   ! grep -q '#include <venvb' "$block" || is "$page: C that is not marked" "$(head -n 1 "$block")" "" ;;
      esac
    done
    [ "$section" != 3 ] || check "$page: declarations are those of the headers" try_declarations "$blocks/declarations.c"
  done
  sed -n '/^```c$/,/^```$/p' "$srcdir/README.md" | sed '/^```/d' >readme.c
  check "README.md: its plugin works" try_plugin readme.c
else
  skip "examples in C" "no pkg-config, or no GLib to compile with"
fi
finish
