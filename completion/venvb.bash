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

# What comes after --plugin=NAME,: the keys of the plugin, or the values of one.
_venvb_options () # NAME,KEY=VALUE,...
{
  local spec=$1 name=${1%%,*} last=${1##*,} kind choices line
  local -a keys=()
  while read -r line; do
    read -r key kind choices _ <<<"$line"
    if [[ $key == '*' ]]; then continue; fi
    if [[ $last != "$key="* ]]; then
      if [[ $last != *=* ]]; then keys+=("$key="); fi
      continue
    fi
    case $kind in
      flag) choices='yes|no' ;;
      choice) ;;
      directory) mapfile -t COMPREPLY < <(compgen -d -- "${last#*=}"); return ;;
      file|path|place) mapfile -t COMPREPLY < <(compgen -f -- "${last#*=}"); return ;;
      *) return ;;
    esac
    _venvb_words "${last#*=}" "${choices//|/ }"
    return
  done < <(venvb --dump-plugin="$name" 2>/dev/null | sed -n 's/^key=//p')
  # Only what stands after the last "=" is the word.
  local before=${spec%"$last"}
  if [[ $before == *=* ]]; then before=${before##*=}; fi
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "${keys[*]}" -- "$last")
  compopt +o filenames -o nospace 2>/dev/null
}

# The value of --plugin that the cursor is in, which "=" has split into words.
_venvb_spec ()
{
  local i spec=
  for ((i = COMP_CWORD; i > 0; i--)); do
    if [[ ${COMP_WORDS[i]} == --plugin && ${COMP_WORDS[i + 1]-} != "" ]]; then
      printf '%s' "${spec#=}"
      return
    fi
    if [[ ${COMP_WORDS[i]} == --plugin=* ]]; then
      printf '%s' "${COMP_WORDS[i]#--plugin=}$spec"
      return
    fi
    spec=${COMP_WORDS[i]}$spec
    # Another word is no part of it.
    if [[ ${COMP_WORDS[i]} != = && ${COMP_WORDS[i - 1]} != = && ${COMP_WORDS[i - 1]} != --plugin ]]; then
      return
    fi
  done
}

_venvb ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}

  COMPREPLY=()
  local spec
  spec=$(_venvb_spec)
  if [[ $spec == *,* ]]; then
    _venvb_options "$spec"
    return
  fi
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
