# Completion of venvb for bash.  What there is to complete is asked of venvb.

# Candidates on standard input for a value that the command line ends in become what bash
# puts in the place of the word it sees, which begins after the last "=", ":" or "@".  A comma
# becomes what it has to be there: one in a value of a plugin's option would end that.
_venvb_reply () # VALUE
{
  local keep='' add='' end=$_venvb_end line
  if [[ $1 == *"$end" ]]; then keep=${1%"$end"}; else add=${end%"$1"}; fi
  COMPREPLY=()
  while IFS= read -r line; do line=$add${line#"$keep"} COMPREPLY+=("${line//,/"$_venvb_comma"}"); done
  [[ -n $keep$add ]]
}

# What is no file gets no "/", whatever there is of its name.
_venvb_words () # VALUE WORDS
{
  _venvb_reply "$1" < <(compgen -W "$2" -- "$1")
  compopt +o filenames 2>/dev/null
}

# Files; of what compgen is told, as -d.  Where bash sees but a part of the path, it can't
# tell what is a directory.
_venvb_files () # VALUE COMPGEN-OPTION...
{
  local value=$1 i; shift
  if ! _venvb_reply "$value" < <(compgen "$@" -- "$value" | sort -u); then return; fi
  if [[ $_venvb_comma != , ]]; then _venvb_comma='\\,'; fi # bash won't quote it then
  compopt +o filenames -o nospace 2>/dev/null
  _venvb_reply "$value" < <(compgen "$@" -- "$value" | sort -u | while IFS= read -r i; do
    if [[ -d $i ]]; then printf '%s/\n' "$i"; else printf '%s\n' "$i"; fi
  done)
}

# The Pythons that there are, as one would ask for them: 3.12.1, 3.12, pypy3.9.
_venvb_versions ()
{
  venvb --list-pythons 2>/dev/null | awk '{
    name = $2 == "cpython" ? "" : $2; print name $1
    build = $1; gsub(/[^td]/, "", build)
    match($1, /^[0-9]+\.[0-9]+/); print name substr($1, 1, RLENGTH) build }'
}

# The names of plugins, or the files of some.
_venvb_plugins () # VALUE
{
  if [[ $1 == */* || $1 == .* ]]; then
    _venvb_files "$1" -o plusdirs -f -X '!*.so'
  else
    _venvb_words "$1" "$(venvb --list-plugins 2>/dev/null | awk '{ print $1 }')"
  fi
}

# What comes after --plugin=NAME,: the keys of the plugin, or the values of one.
_venvb_options () # NAME,KEY=VALUE,...
{
  local name=${1%%,*} last=${1##*,} key kind choices line dump _
  local -a keys=()
  dump=$(venvb --dump-plugin="$name" 2>/dev/null)
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
      directory) _venvb_comma='\,'; _venvb_files "${last#*=}" -d; return ;;
      file|path|place) _venvb_comma='\,'; _venvb_files "${last#*=}" -f; return ;;
      string)
        if [[ $dump == *$'\n'option=$key=FILE* || $dump == *$'\n'option=$key'[=FILE'* ]]; then
          _venvb_comma='\,'; _venvb_files "${last#*=}" -f
        fi
        if [[ $key != installer ]]; then return; fi
        if [[ $last == */* ]]; then _venvb_files "${last#*=}" -f; return; fi
        choices='pip|uv' ;;
      *) return ;;
    esac
    _venvb_words "${last#*=}" "${choices//|/ }"
    return
  done < <(sed -n 's/^key=//p' <<<"$dump")
  _venvb_words "$last" "${keys[*]}"
  compopt -o nospace 2>/dev/null
}

# Puts together what bash has split: the word that the cursor is in, as it was typed.
# Sets option, value and _venvb_whole: --plugin=hg is "--plugin" and "hg", and so is --plugin hg.
_venvb_split ()
{
  local i=$COMP_CWORD breaks='^[=:@]+$'
  local whole=${COMP_WORDS[i]}
  _venvb_end=$whole
  if [[ $whole =~ $breaks ]]; then _venvb_end=; fi
  while ((i > 1)) && [[ ${COMP_WORDS[i]} =~ $breaks || ${COMP_WORDS[i - 1]} =~ $breaks ]]; do
    i=$((i - 1))
    whole=${COMP_WORDS[i]}$whole
  done
  _venvb_whole=$whole
  if [[ $whole == --*=* ]]; then
    option=${whole%%=*} value=${whole#*=}
  else
    option=${COMP_WORDS[i - 1]} value=$whole
    if [[ $option =~ ^-[vqh]+[pr]$ ]]; then option=-${option: -1}; fi
  fi
}

_venvb ()
{
  local _venvb_end _venvb_whole _venvb_comma=, option value

  COMPREPLY=()
  _venvb_split
  case $option in
    --plugin)
      if [[ $value == *,* ]]; then _venvb_options "$value"; else _venvb_plugins "$value"; fi ;;
    --no-plugin|--dump-plugin)
      _venvb_plugins "$value" ;;
    --check-plugin)
      _venvb_files "$value" -o plusdirs -f -X '!*.so' ;;
    -r|--requirement)
      _venvb_files "$value" -f ;;
    --lock) # its value stands after "=", or nowhere
      if [[ $_venvb_whole == --lock=* ]]; then _venvb_files "$value" -f; else _venvb_files "$value" -d; fi ;;
    --build-system)
      _venvb_words "$value" "make autotools meson" ;;
    --link-mode)
      _venvb_words "$value" "auto clone hardlink copy" ;;
    --color)
      _venvb_words "$value" "auto always never" ;;
    --progress)
      _venvb_words "$value" "auto plain none" ;;
    -p|--python)
      _venvb_reply "$value" < <({ compgen -W "$(_venvb_versions) project" -- "$value"
        if [[ -n $value ]]; then compgen -c -- "$value" | grep -E '^(python|pypy|graalpy)[0-9.]*[dt]*$'; fi
        if [[ $value == [.~/]* || $value == */* ]]; then compgen -f -- "$value"; fi; } | sort -u) ;;
    --prompt|--new-plugin|--platform)
      ;;
    *)
      if [[ $value == -* ]]; then
        _venvb_words "$value" "$(venvb --help 2>/dev/null |
          sed -n 's/^ *\(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p')"
      elif [[ $_venvb_whole == --*=* && $option != *-dir && $option != --download ]]; then
        _venvb_words "$value" "yes no"
      else
        _venvb_files "$value" -d
      fi ;;
  esac
}

complete -o filenames -F _venvb venvb
