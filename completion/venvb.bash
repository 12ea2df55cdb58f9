# Completion of venvb for bash.  What there is to complete is asked of venvb.

_venvb_words () # CURRENT-WORD WORDS
{
  mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

# The Pythons that there are, as one would ask for them: 3.12.1, 3.12, pypy3.9.
_venvb_versions ()
{
  venvb --list-pythons 2>/dev/null | awk '{
    name = $2 == "cpython" ? "" : $2; print name $1
    build = $1; gsub(/[^td]/, "", build)
    match($1, /^[0-9]+\.[0-9]+/); print name substr($1, 1, RLENGTH) build }'
}

_venvb ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}

  COMPREPLY=()
  # "=" is a word of its own, as a rule: --plugin=hg is --plugin, =, hg.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
    --plugin|--no-plugin|--dump-plugin)
      _venvb_words "$cur" "$(venvb --list-plugins 2>/dev/null | awk '{ print $1 }')" ;;
    --check-plugin)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --build-system)
      _venvb_words "$cur" "make autotools meson" ;;
    --link-mode)
      _venvb_words "$cur" "auto clone hardlink copy" ;;
    -p|--python)
      mapfile -t COMPREPLY < <({ compgen -W "$(_venvb_versions) project" -- "$cur"
        compgen -c -- "$cur" | grep -E '^(python|pypy|graalpy)[0-9.]*[dt]*$'; compgen -f -- "$cur"; } | sort -u) ;;
    --prompt|--new-plugin)
      ;;
    *)
      if [[ $cur == -* ]]; then
        _venvb_words "$cur" "$(venvb --help 2>/dev/null |
          sed -n 's/^ *\(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p')"
      else
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      fi ;;
  esac
}

complete -o filenames -F _venvb venvb
