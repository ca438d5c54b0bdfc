/** Files dragged over an element, and dropped on it. */
import { ref } from "vue"

export function useFileDrop(dropped: (files: FileList) => void) {
  const dropping = ref(false)
  let depth = 0 // entering a child comes before leaving its parent
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false

  const listeners = {
    dragenter: (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth += 1
      dropping.value = true
    },
    dragover: (event: DragEvent) => {
      if (carriesFiles(event)) event.preventDefault()
    },
    dragleave: () => {
      depth = Math.max(0, depth - 1)
      dropping.value = depth > 0
    },
    drop: (event: DragEvent) => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth = 0
      dropping.value = false
      if (event.dataTransfer) dropped(event.dataTransfer.files)
    },
  }
  return { dropping, listeners }
}
