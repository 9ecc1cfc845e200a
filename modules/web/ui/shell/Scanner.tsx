// A barcode or a QR code read by the camera, where the browser can: its text is what is searched for. The
// camera is on only while this is shown.
import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../locale/i18n'

interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
const detectorOf = (): (new () => Detector) | undefined => (globalThis as { BarcodeDetector?: new () => Detector }).BarcodeDetector
const EVERY_MS = 150

export function canScan(): boolean { return detectorOf() !== undefined && 'mediaDevices' in navigator }

export function Scanner({ onCode }: { onCode: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [refused, setRefused] = useState(false)
  useEffect(() => {
    const Made = detectorOf()
    const picture = video.current
    if (!Made || !picture) return
    const detector = new Made()
    let stream: MediaStream | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let ended = false
    const look = async (): Promise<void> => {
      const [code] = await detector.detect(picture).catch(() => [])
      if (ended) return
      if (code?.rawValue) onCode(code.rawValue)
      else timer = setTimeout(() => void look(), EVERY_MS)
    }
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }).then(async (opened) => {
      stream = opened
      if (ended) { stop(); return }
      picture.srcObject = opened
      await picture.play()
      await look()
    }).catch(() => { if (!ended) setRefused(true) })
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop())
    return () => { ended = true; clearTimeout(timer); stop() }
  }, [])
  return (
    <div class="scanner">
      <video ref={video} muted playsInline aria-label={t('scan')} />
      <p class="hint" role="status">{t(refused ? 'scan_refused' : 'scan_hint')}</p>
    </div>
  )
}
