import { Brand } from '../lib/brand.tsx'
import { useValue } from '../lib/state.ts'
import { ThemeSwitch } from '../lib/theme-switch.tsx'
import { Chart } from './chart.tsx'
import { StoreHelp } from './help.tsx'
import { ListBar } from './list-bar.tsx'
import { RecordList } from './record-list.tsx'
import { SearchBox } from './search-box.tsx'
import { wrapped } from './settings.ts'
import { SidePanel } from './side-panel.tsx'
import { StatusLine } from './status-line.tsx'

export function Page() {
  return (
    <>
      <a class="skip" href="#records">
        Skip to the records
      </a>
      <header class="top">
        <Brand name="Sluice" />
        <SearchBox />
        <ThemeSwitch />
      </header>
      <Chart />
      <div class="columns">
        <SidePanel />
        <Records />
      </div>
      <StatusLine />
      <StoreHelp />
    </>
  )
}

function Records() {
  return (
    <main id="records" class={useValue(wrapped) ? 'wrapped' : ''} aria-label="Records" tabIndex={-1}>
      <ListBar />
      <RecordList />
    </main>
  )
}
