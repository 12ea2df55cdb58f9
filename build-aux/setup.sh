# shellcheck shell=sh
# What quickstart and runtests share: find what is missing, install it from the
# system's packages, configure and build.  POSIX sh: a fresh machine may have
# no bash.  To be sourced with $me (the command's name), $top (the absolute path
# of the checkout) and $log (where to put the output of what is run) set.

: "${me:?}" "${top:?}" "${log:?}"

say () { printf '%s: %s\n' "$me" "$*"; }
die () { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

# The characters configure refuses.
case $top in
  *[[:space:]\\\"\'\`\#\$\&]*) die "make cannot build in a path with a space or a quote in it: $top" ;;
esac

# --- What is needed, and the package that has it ----------------------------

# KIND is when it is needed: build, python (the environment's base), pip (what
# pip is seeded from), test, or debs (to build Debian packages and try them).
# NEED is a word for has ().  Several packages are joined by commas, "-" is none.
# Only the apt column has been tested; the others are the packages' names as
# their distributions list them.
needs ()
{
  cat <<'TABLE'
build  cc          gcc,libc6-dev    gcc,glibc-devel       gcc         gcc,musl-dev  -
build  make        make             make                  make        make          make
build  pod2man     perl             perl-podlators        perl        perl          perl
build  autoconf    autoconf         autoconf              autoconf    autoconf      autoconf
build  automake    automake         automake              automake    automake      automake
build  libtoolize  libtool          libtool               libtool     libtool       libtool
build  pkg-config  pkg-config       pkgconf-pkg-config    pkgconf     pkgconf       pkgconf
build  glib        libglib2.0-dev   glib2-devel           glib2       glib-dev      glib
build  ltdl        libltdl-dev      libtool-ltdl-devel    libtool     libltdl,libtool  libtool
build  libzip      libzip-dev       libzip-devel          libzip      libzip-dev    libzip
python python3     python3          python3               python      python3       python
pip    ensurepip   python3-venv     python3               python      python3       python
test   pypy3       pypy3,pypy3-venv  pypy3                pypy3       pypy3         pypy3
test   libcurl     libcurl4-openssl-dev  libcurl-devel    curl        curl-dev      curl
test   libcrypto   libssl-dev       openssl-devel         openssl     openssl-dev   openssl
test   libdeflate  libdeflate-dev   libdeflate-devel      libdeflate  libdeflate-dev  libdeflate
test   toml++      libtomlplusplus-dev,g++  tomlplusplus-devel,gcc-c++  tomlplusplus,gcc  tomlplusplus-dev,g++  tomlplusplus
test   fuse3       libfuse3-dev,fuse3  fuse3-devel,fuse3  fuse3       fuse3-dev,fuse3  -
test   mkfs.xfs    xfsprogs         xfsprogs              xfsprogs    xfsprogs      -
test   mkfs.btrfs  btrfs-progs      btrfs-progs           btrfs-progs  btrfs-progs  -
test   nginx       nginx            nginx                 nginx       nginx         -
test   strace      strace           strace                strace      strace        -
test   meson       meson            meson                 meson       meson         meson
test   c++         g++              gcc-c++               gcc         g++           -
test   bash        bash             bash                  bash        bash          bash
test   xz          xz-utils         xz                    xz          xz            xz
test   ps          procps           procps-ng             procps-ng   procps        -
test   setpriv     util-linux       util-linux            util-linux  setpriv       -
test   git         git              git                   git         git           git
test   hg          mercurial        mercurial             mercurial   mercurial     mercurial
test   brz         brz              breezy                breezy      breezy        breezy
test   fossil      fossil           fossil                fossil      fossil        fossil
test   darcs       darcs            darcs                 darcs       -             darcs
test   borg        borgbackup       borgbackup            borg        borgbackup    borgbackup
test   restic      restic           restic                restic      restic        restic
test   jsonschema  python3-jsonschema  python3-jsonschema  python-jsonschema  py3-jsonschema  -
test   valgrind    valgrind         valgrind              valgrind    valgrind      -
test   clang       clang            clang                clang       clang         -
test   cppcheck    cppcheck         cppcheck             cppcheck    cppcheck      cppcheck
test   shellcheck  shellcheck       ShellCheck           shellcheck  shellcheck    shellcheck
test   dash        dash             dash                  dash        dash          dash
test   busybox     busybox          busybox               busybox     busybox       -
test   zsh         zsh              zsh                   zsh         zsh           zsh
test   fish        fish             fish                  fish        fish          fish
test   tcsh        tcsh             tcsh                  tcsh        tcsh          tcsh
test   bsd-csh     csh              -                     -           -             -
test   ksh93       ksh93u+m         ksh                   -           -             ksh93
test   mksh        mksh             mksh                  -           mksh          mksh
test   xonsh       xonsh,python3-prompt-toolkit  xonsh    xonsh       -             xonsh
debs   dpkg-buildpackage  dpkg-dev   -                    -           -             -
debs   dh          debhelper        -                     -           -             -
debs   lintian     lintian          -                     -           -             -
debs   debootstrap debootstrap      -                     -           -             -
TABLE
}

# Whether the thing itself is there and works: one that was installed by hand
# counts as much as a package.
has () # NEED
{
  case $1 in
    cc)         links "$(compiler)" c ;;
    c++)        links "${CXX:-g++}" cc || links c++ cc ;;
    ltdl)       links "$(compiler)" c '#include <ltdl.h>' 'lt_dlinit ()' -lltdl ;;
    glib)       pkg-config --exists "$(required 's/.*\(glib-2\.0 >= [0-9.]*\).*/\1/p')" ;;
    libzip)     pkg-config --exists "$(required 's/.*\(libzip >= [0-9.]*\).*/\1/p')" ;;
    toml++)     pkg-config --exists "$(required 's/.*\(tomlplusplus >= [0-9.]*\).*/\1/p')" && has c++ ;;
    libcurl)    pkg-config --exists libcurl ;;
    libcrypto)  pkg-config --exists "$(required 's/.*\(libcrypto >= [0-9.]*\).*/\1/p')" ;;
    libdeflate) pkg-config --exists "$(required 's/.*\(libdeflate >= [0-9.]*\).*/\1/p')" ;;
    fuse3)      pkg-config --exists fuse3 && command -v fusermount3 ;;
    autoconf)   at_least "$(required 's/^AC_PREREQ(\[\([0-9.]*\)\]).*/\1/p')" \
                         "$(autoconf --version)" ;;
    libtoolize) command -v libtoolize || command -v glibtoolize ;;
    python3)    python3 -I -c '' ;;
    jsonschema) /usr/bin/python3 -c 'import jsonschema' ;;
    # version () looks for the wheel, which some distributions package apart.
    ensurepip)  python3 -I -c 'import ensurepip; ensurepip.version ()' ;;
    nginx)      command -v nginx || command -v /usr/sbin/nginx ;;
    mkfs.*)     command -v "$1" || command -v "/usr/sbin/$1" || command -v "/sbin/$1" ;;
    *)          command -v "$1" ;;
  esac </dev/null >/dev/null 2>&1
}

# configure.ac is where versions are required; this reads them from there.
required () { sed -n "$1" "$top/configure.ac"; } # SED-SCRIPT

at_least () # WANTED VERSION-OUTPUT
{
  printf '%s\n' "$2" | awk -v wanted="$1" '
    NR == 1 { split (wanted, w, "."); split ($NF, v, ".")
              ok = v[1] + 0 > w[1] + 0 || (v[1] == w[1] && v[2] + 0 >= w[2] + 0) }
    END     { exit !ok }'
}

compiler () { printf '%s' "${CC:-$(command -v gcc || printf cc)}"; }

# Compiles and links: a compiler without the C library's headers is no use.
links () # COMPILER SUFFIX [INCLUDE EXPRESSION LIBRARY...]
{
  links_with=$1 links_suffix=$2 links_include=${3-} links_call=${4-0}
  if [ $# -gt 4 ]; then shift 4; else set --; fi
  links_dir=$(mktemp -d "${TMPDIR:-/tmp}/venvb-setup-XXXXXX") || return 1
  printf '#include <stdio.h>\n%s\nint main (void) { return %s; }\n' \
         "$links_include" "$links_call" >"$links_dir/t.$links_suffix"
  # CC may carry options, as it may for configure.
  # shellcheck disable=SC2086
  $links_with ${CPPFLAGS-} ${LDFLAGS-} -o "$links_dir/t" \
              "$links_dir/t.$links_suffix" "$@"
  links_status=$?
  rm -rf "$links_dir"
  return "$links_status"
}

# --- What is missing ---------------------------------------------------------

missing_needs () # KIND...
{
  needs | while read -r kind need _; do
    case " $* " in *" $kind "*) has "$need" || printf '%s ' "$need" ;; esac
  done
}

package_manager ()
{
  for manager in apt-get dnf pacman apk brew; do
    command -v "$manager" >/dev/null 2>&1 && printf '%s' "$manager" && return
  done
}

packages_of () # NEED...
{
  case $(package_manager) in
    apt-get) column=1 ;; dnf) column=2 ;; pacman) column=3 ;; apk) column=4 ;;
    brew) column=5 ;; *) return ;;
  esac
  for need; do
    needs | awk -v need="$need" -v column="$((column + 2))" \
                '$2 == need && $column != "-" { gsub (",", "\n", $column); print $column }'
  done | awk '!seen[$0]++' | tr '\n' ' ' | sed 's/ $//'
}

# --- Installing --------------------------------------------------------------

# Sets $as_root to what a command has to be prefixed with.  $1 is what the
# rights are asked for: said before sudo asks for a password.
become_root () # PURPOSE
{
  as_root=
  [ "$(id -u)" -ne 0 ] && [ "$(package_manager)" != brew ] || return 0
  command -v sudo >/dev/null 2>&1 || return 1
  as_root=sudo
  sudo -n true 2>/dev/null && return 0
  [ -t 0 ] && [ -t 2 ] || return 1
  say "sudo is about to ask for your password, $1"
  sudo -v
}

# As root.  sudo drops the proxies of the environment; apt-get needs them.
rooted () # COMMAND...
{
  if [ -z "$as_root" ]; then
    DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} \
             ${https_proxy:+"https_proxy=$https_proxy"} "$@"
  fi
}

# The command line for an administrator to type.
install_line () # PACKAGE...
{
  case $(package_manager) in
    apt-get) printf 'apt-get update && apt-get install -y --no-install-recommends %s' "$*" ;;
    dnf)     printf 'dnf install -y %s' "$*" ;;
    pacman)  printf 'pacman -S --needed --noconfirm %s' "$*" ;;
    apk)     printf 'apk add %s' "$*" ;;
    brew)    printf 'brew install %s' "$*" ;;
  esac
}

install_packages () # PACKAGE...
{
  case $(package_manager) in
    apt-get) apt_install "$@" ;;
    dnf)     rooted dnf install -y "$@" ;;
    pacman)  rooted pacman -S --needed --noconfirm "$@" ;;
    apk)     rooted apk add "$@" ;;
    brew)    brew install "$@" ;;
  esac
}

# The package lists of a fresh machine are empty or too old to download from:
# they are fetched when a package is unknown, and once more when the
# installation fails.  A machine just started often upgrades itself: wait.
apt_install () # PACKAGE...
{
  apt_knows "$@" || rooted apt-get update || return
  apt_get_install "$@" && return
  rooted apt-get update && apt_get_install "$@" && return
  # Without a network update only warns, and what comes last in the log says
  # no more than that there is no such package.
  sed -n '/^W: /p' "$log" | sort -u
  return 1
}

apt_get_install ()
{
  rooted apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

apt_knows () { apt-get --simulate --no-install-recommends install "$@" >/dev/null 2>&1; }

# Without those this release of the distribution does not have.
installable () # PACKAGE...
{
  [ "$(package_manager)" = apt-get ] || { printf '%s' "$*"; return; }
  apt_knows "$@" && { printf '%s' "$*"; return; }
  for package; do apt_knows "$package" && printf '%s ' "$package"; done
}

# What it cannot do without: installs it, or says what to install and ends.
# $wished are the kinds a request () will follow for: an administrator should
# be asked only once.
# shellcheck disable=SC2046,SC2086 # lists of words, each one an argument
require () # KIND...
{
  missing=$(missing_needs "$@")
  [ -n "$missing" ] || return 0
  packages=$(packages_of $missing)
  [ -n "$packages" ] || die "missing, and no package is known for it here: $missing"
  become_root "to install $packages" ||
    refuse "$(packages_of $missing $(missing_needs ${wished-}))"
  logged "installing $packages" install_packages $packages
  missing=$(missing_needs "$@")
  [ -z "$missing" ] || die "still missing or too old after the installation: $missing"
}

refuse () # PACKAGES
{
  die "these packages are missing, and installing them needs an administrator's rights:
  $1
An administrator can install them with

  $(install_line "$1")

Then run $me again. Nothing has been changed."
}

# What it would like: whatever does not work out is said, and goes on.
# shellcheck disable=SC2046,SC2086 # lists of words, each one an argument
request () # KIND...
{
  packages=$(packages_of $(missing_needs "$@"))
  [ -n "$packages" ] || return 0
  if become_root "to install $packages"; then
    if [ "$(package_manager)" = apt-get ] && ! apt_knows $packages; then
      quietly rooted apt-get update
    fi
    packages=$(installable $packages)
    [ -n "$packages" ] || return 0
    say "installing $packages"
    quietly install_packages $packages && return 0
  fi
  say "some tests will be skipped, for want of: $packages"
  say "to have them run, as root: $(install_line "$packages")"
}

# --- Shells that distributions don't have ------------------------------------

# They come from the npm registry, whose packages have their programs in them,
# and go to a directory that outlives the builds.  npm itself is not installed
# for it.  What can't be fetched is said, and its tests are skipped.
fetch_shells ()
{
  PATH=$top/build-shells/bin:$PATH
  export PATH
  # The newest that was tried, and the oldest.
  fetch_nushell nu 0.115.1
  fetch_nushell nu-oldest 0.75.0
}

fetch_nushell () # COMMAND VERSION
{
  ! command -v "$1" >/dev/null 2>&1 || return 0
  if ! command -v npm >/dev/null 2>&1; then
    say "some tests will be skipped, for want of Nushell $2, or npm to fetch it"
    return 0
  fi
  say "fetching Nushell $2"
  quietly npm_fetch "$top/build-shells/nushell-$2" "nushell@$2" &&
    link_shell "$1" "$top/build-shells/nushell-$2"/node_modules/@nushell/*/bin/nu && return
  say "some tests will be skipped, for want of Nushell $2"
}

npm_fetch () # DIR PACKAGE
{
  mkdir -p "$1" &&
    npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --fetch-retries=0 \
        --fetch-timeout=60000 "$2"
}

# Only a program that starts: it may have been made for another C library.
link_shell () # COMMAND FILE
{
  "$2" --version >/dev/null 2>&1 && mkdir -p "$top/build-shells/bin" &&
    ln -sf "$2" "$top/build-shells/bin/$1"
}

# --- Building ----------------------------------------------------------------

# The log starts with the first command: a run that may do nothing leaves none.
quietly () # COMMAND...
{
  if [ -z "${log_started-}" ]; then
    (umask 022 && mkdir -p "$(dirname "$log")") 2>/dev/null
    { : >"$log"; } 2>/dev/null || die "cannot write $log"
    log_started=yes
  fi
  printf '\n== %s\n' "$*" >>"$log"
  "$@" </dev/null >>"$log" 2>&1
}

logged () # WHAT COMMAND...
{
  logged_what=$1; shift
  say "$logged_what"
  quietly "$@" && return
  tail -n 20 "$log" | sed 's/^/    /' >&2
  die "$logged_what: failed; the whole log is $log"
}

processors () { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# Brings a build directory up to date, doing only what a change asks for.
# umask: venvb refuses plugins that others may write.
build_in () # BUILD-DIR CONFIGURE-OPTION...
{
  build=$1; shift
  umask_before=$(umask)
  umask 022
  mkdir -p "$build" || exit 1
  if stale_configure; then logged "preparing configure" autoreconf_top; fi
  if stale_build "$@"; then logged "configuring in $build" configure_in "$@"; fi
  logged "building" make -C "$build" -j"$(processors)"
  umask "$umask_before"
}

# autoreconf is forced, or it would leave an old configure in place and be run
# again each time.
autoreconf_top () { (cd "$top" && mkdir -p m4 && autoreconf --force --install); }

stale_configure ()
{
  [ -f "$top/configure" ] && [ -f "$top/Makefile.in" ] || return 0
  [ -n "$(find "$top/configure.ac" "$top/Makefile.am" "$top/m4" "$top/plugins" "$top/tests" \
               \( -name '*.ac' -o -name '*.am' -o -name '*.m4' -o -name '*.mk' \) \
               -newer "$top/configure" 2>/dev/null)" ]
}

# .configured says with what, and of which checkout, the directory was made.
stale_build () # CONFIGURE-OPTION...
{
  [ "$(cat "$build/.configured" 2>/dev/null)" = "$top $*" ] || return 0
  [ -n "$(find "$top/configure" -newer "$build/.configured")" ]
}

configure_in () # CONFIGURE-OPTION...
{
  # Objects name files of the place they were compiled in, and have the options
  # of then: after a move or a change none will do.
  if [ -f "$build/.configured" ] && [ "$(cat "$build/.configured")" != "$top $*" ]; then
    find "$build" -mindepth 1 -maxdepth 1 ! -name '*.log' -exec rm -rf {} +
  fi
  rm -f "$build/.configured"
  (cd "$build" && "$top/configure" "$@") || return
  printf '%s\n' "$top $*" >"$build/.configured"
}
